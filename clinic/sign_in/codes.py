"""Codes of the second factor: each is taken once, and guessing them is slow.

An app's code belongs to a step of 30 seconds (RFC 6238, 5.2: "the verifier MUST NOT accept the second attempt"). The
step of the last code that was taken stands beside the secret, in the database, so that a code works once for all
workers together, also when a cache was emptied.
"""

import unicodedata

from allauth.account.adapter import get_adapter as accounts
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import InvalidToken
from django.db import transaction

from clinic.sign_in import throttle
from clinic.sign_in.events import What, happened
from clinic.sign_in.models import WrongGuess

LAST = "last_step"


def plain(code):
    """A code without blanks, hyphens and what cannot be seen; full-width letters and digits as ordinary ones."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", code)))


def spend(user, code):
    """Take a code of this account's app, or one of its recovery codes; returns what it belongs to.

    Raises ValidationError where it does not fit, was taken before, or where there were too many tries.
    """
    return _guarded(user, lambda: _spend(user, plain(code)))


def spend_first(user, secret, code):
    """Take the first code of an app that is being set up; returns its step, for `remember_step`. Raises as `spend`."""
    return _guarded(user, lambda: _step_of(secret, plain(code)))


def remember_step(authenticator, step):
    """The code that set an app up opens nothing more."""
    authenticator.data[LAST] = step
    authenticator.save(update_fields=["data"])


def _guarded(user, look):
    request = context.request
    guess = throttle.try_once(WrongGuess.Of.CODE, user.get_username(), request)
    if guess is None:
        happened(What.TOO_MANY, user=user, request=request)
        raise accounts().validation_error("too_many_login_attempts")
    found = look()
    if found is None:
        happened(What.WRONG_CODE, user=user, request=request)
        raise get_adapter().validation_error("incorrect_code")
    throttle.fits(guess)
    return found


def _spend(user, code):
    codes = user.authenticator_set.exclude(type=Authenticator.Type.WEBAUTHN)
    for authenticator in codes.order_by("-type"):
        take = take_step if authenticator.type == Authenticator.Type.TOTP else _take_recovery_code
        if take(authenticator, code):
            authenticator.user = user
            return authenticator
    return None


@transaction.atomic
def take_step(authenticator, code):
    """Whether a code of the app fits and its step is later than that of the last one; then it is the last one."""
    locked = Authenticator.objects.select_for_update().filter(pk=authenticator.pk).first()
    step = locked and _step_of(_unlocked(locked.data["secret"]), code)
    if step is None or step <= locked.data.get(LAST, -1):
        return False
    remember_step(locked, step)
    return True


def _take_recovery_code(authenticator, code):
    try:
        return authenticator.wrap().validate_code(code)
    except InvalidToken:  # as below
        return False


def _step_of(secret, code):
    """The step of 30 seconds that a code belongs to, of the present one and its neighbours; None for a wrong code."""
    for step in yield_hotp_counters_from_time():
        if secret and compare_user_code(
            actual=code, expected=format_hotp_value(hotp_value(secret, step))
        ):
            return step
    return None


def _unlocked(secret):
    """ "" where the field keys are not those that it was locked with: then no code fits."""
    try:
        return get_adapter().decrypt(secret)
    except InvalidToken:
        return ""
