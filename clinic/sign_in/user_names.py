"""User names of staff: no two that differ in case or in the width of letters alone, and one that is reserved."""

import unicodedata

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

BREAK_GLASS = "break-glass"


def normal_form(username):
    """What two user names have in common that people take for the same: Unicode's NFKC, without case."""
    folded = unicodedata.normalize("NFKC", username).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def validate(username, *, pk=None, is_superuser=False):
    """Raises ValidationError for a name that reads as another account's, or as that of the break-glass account.

    Args: pk is the account whose name it is or will be, None for a new one. Only an owner's account may have the
    reserved name, to the letter.
    """
    wanted = normal_form(username)
    if wanted == BREAK_GLASS and not (is_superuser and username == BREAK_GLASS):
        raise ValidationError(
            "This name belongs to the break-glass account. Choose another.", code="reserved"
        )
    others = get_user_model().objects.exclude(pk=pk).values_list("username", flat=True)
    if wanted in map(normal_form, others):
        raise ValidationError(
            "A colleague has this name, or one that differs only in capital letters. Choose another.",
            code="unique",
        )
