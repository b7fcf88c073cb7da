"""Passwords that a stranger who knows the clinic would try first. Long is what counts; nothing else is asked for."""

import re
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from clinic import facts

OF_THE_TRADE = {
    "admin",
    "anxiety",
    "appointment",
    "clinic",
    "clinician",
    "consultation",
    "depression",
    "doctor",
    "editor",
    "esketamine",
    "frontdesk",
    "health",
    "infusion",
    "ketamine",
    "login",
    "manager",
    "medical",
    "mental",
    "nurse",
    "password",
    "patient",
    "practice",
    "spravato",
    "staff",
    "therapy",
    "welcome",
}
ROWS = ["1234567890" * 5, "abcdefghijklmnopqrstuvwxyz" * 2, "qwertyuiopasdfghjklzxcvbnm" * 2]
SHORTEST_WORD = 4  # letters: shorter ones stand in other words
LEFT_AT_LEAST = 8  # letters that must not come from such words


class NotOurWords:
    """Refuses what is made of words that this clinic goes with, or of one short piece over and over.

    Such words may be part of a longer password (ASVS 5.0, 6.2.11).
    """

    def validate(self, password, user=None):
        rest = password.casefold()
        for word in sorted(_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        letters = "".join(letter for letter in rest if letter.isalpha())
        is_ours = rest != password.casefold() and len(letters) < LEFT_AT_LEAST
        if is_ours or _is_one_piece(password) or _is_common(password, user):
            raise ValidationError(
                "That is easy to guess. Use a few words that have nothing to do with the clinic or with you.",
                code="easy_to_guess",
            )

    def get_help_text(self):
        return "Four or five words that come to your mind make a good one; a password manager makes a better one."


def _words(user):
    """Lower case, of four letters or more."""
    about = [facts.current().name, urlsplit(settings.CLINIC_SITE_URL).hostname or ""]
    if user is not None:
        about += [user.get_username(), user.first_name, user.last_name, user.email]
    found = {word for text in about for word in re.findall(r"\w+", text.casefold())}
    return {word for word in found | OF_THE_TRADE if len(word) >= SHORTEST_WORD}


def _is_one_piece(password):
    """Such as "abcabcabcabcabc", at most four characters repeated; or keys in a row."""
    plain = password.casefold()
    in_a_row = any(plain in row or plain[::-1] in row for row in ROWS)
    return in_a_row or bool(re.fullmatch(r"(.{1,4}?)\1+.{0,3}", plain, re.DOTALL))


@cache
def _common():
    return CommonPasswordValidator()


def _is_common(password, user):
    """A common password with digits or signs around it."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    try:
        _common().validate(core, user)
    except ValidationError:
        return True
    return False
