"""Links that show a draft to whoever holds them: for a week, and as long as who made it may see drafts."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core import signing
from django.urls import reverse

LASTS = timedelta(days=7)
SEES_DRAFTS = "articles.view_article"
_signer = signing.TimestampSigner(salt="articles.preview")


def preview_address(article, by):
    """The path of a page that shows this article as it is saved when the link is opened.

    Args: by is the member of staff who makes the link.
    """
    return reverse("articles:preview", args=[_signer.sign(f"{article.pk}-{by.pk}")])


def article_pk(token):
    """The article that a link shows.

    Raises signing.BadSignature when it was made up or has expired, or when who made it may no longer see drafts.
    """
    pk, _, maker = _signer.unsign(token, max_age=LASTS).partition("-")
    by = get_user_model().objects.filter(pk=maker or None, is_staff=True).first()
    if by is None or not by.has_perm(SEES_DRAFTS):
        raise signing.BadSignature("Its maker may not show it.")
    return int(pk)
