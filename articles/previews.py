"""Links that show a draft to whoever holds them, for a week."""

from datetime import timedelta

from django.core import signing
from django.urls import reverse

LASTS = timedelta(days=7)
_signer = signing.TimestampSigner(salt="articles.preview")


def preview_address(article):
    """The path of a page that shows this article as it is saved when the link is opened."""
    return reverse("articles:preview", args=[_signer.sign(str(article.pk))])


def article_pk(token):
    """The article that a link shows. Raises signing.BadSignature when it was made up or has expired."""
    return int(_signer.unsign(token, max_age=LASTS))
