"""Guessing is slow, and a stranger who guesses locks nobody out.

Each try is written down before it is looked at, so that many at once do not slip through; one that fits is taken away
again. A network address has five tries at one account in a quarter of an hour, and thirty at all accounts. So whoever
comes from elsewhere still has tries of their own, whatever strangers do; only where an account sees very many wrong
guesses have new addresses fewer. A device on which this account has signed in before has tries of its own.

Codes are different: whoever guesses them has the password already. There an account has a limit over all addresses.
"""

import secrets
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils import timezone

from clinic import traps
from clinic.fields import keyed_digest
from clinic.sign_in.models import WrongGuess

WINDOW = timedelta(minutes=15)
TRIES = 5  # of one sender at one account
TRIES_AT_ALL = 30  # of one network address at all accounts: an office may share it
MANY = 50  # wrong guesses at one account from all over: somebody is at it
TRIES_WHEN_MANY = 2
CODES_AN_HOUR = 20  # at one account, by devices that it does not know
KEPT = timedelta(days=1)

DEVICE_COOKIE = "device" if settings.LAPTOP else "__Secure-device"
DEVICE_PATH = "/staff/"
DEVICE_AGE = timedelta(days=180)
SALT = "clinic.sign_in.device"
SHORT = 16  # hexadecimal characters of an account's fingerprint, in the cookie
MOST = 20  # accounts at one shared desk


def try_once(of, username, request):
    """Write a try down. Returns it, to be taken back with `fits`; None when there were too many."""
    account, now = _account(username), timezone.now()
    device = _device_of(request, account)
    guess = WrongGuess.objects.create(
        of=of,
        account=account,
        sender=device or traps.sender(request),
        is_known=bool(device),
        at=now,
    )
    if _too_many(guess, now):
        guess.delete()  # it was not looked at; those that were end by themselves
        return None
    return guess


def knows_device(username, request):
    """Whether this account has signed in with this browser before."""
    return bool(_device_of(request, _account(username)))


def fits(guess):
    """It was right after all."""
    guess.delete()


def outlived(now):
    """Guesses that no limit counts any more."""
    return WrongGuess.objects.filter(at__lte=now - KEPT)


def remember_device(request, response, user):
    """From now on this browser has tries of its own at this account."""
    known, account = _read(request), _account(user.get_username())[:SHORT]
    others = [one for one in known["accounts"] if one != account]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps({"id": known["id"], "accounts": [*others, account][-MOST:]}, salt=SALT),
        max_age=DEVICE_AGE,
        path=DEVICE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _account(username):
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"account:{username.strip().casefold()}")


def _too_many(guess, now):
    """Whether this one is over a limit; it counts itself."""
    recent = WrongGuess.objects.filter(of=guess.of, at__gt=now - WINDOW)
    own = recent.filter(account=guess.account, sender=guess.sender).count()
    if guess.is_known:
        return own > TRIES
    if own > TRIES or recent.filter(sender=guess.sender).count() > TRIES_AT_ALL:
        return True
    return _account_is_under_attack(guess, own, now)


def _account_is_under_attack(guess, own, now):
    strangers = WrongGuess.objects.filter(of=guess.of, account=guess.account, is_known=False)
    if guess.of == WrongGuess.Of.CODE:
        return strangers.filter(at__gt=now - timedelta(hours=1)).count() > CODES_AN_HOUR
    return own > TRIES_WHEN_MANY and strangers.filter(at__gt=now - WINDOW).count() > MANY


def _device_of(request, account):
    """A fingerprint of a browser in which this account has signed in; "" for any other."""
    known = _read(request)
    if account[:SHORT] not in known["accounts"]:
        return ""
    return keyed_digest(settings.CLINIC_INDEX_KEY, f"device:{known['id']}")


def _read(request):
    with suppress(signing.BadSignature):
        return signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=SALT, max_age=DEVICE_AGE)
    return {"id": secrets.token_hex(16), "accounts": []}
