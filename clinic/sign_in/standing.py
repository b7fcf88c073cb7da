"""How far a session has come: what it has proved, and what its member of staff may do with it."""

from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils import timezone

from clinic.sign_in.models import INVITED_FOR, Invitation

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
FRESH = timedelta(
    minutes=5
)  # for how long a proof is good enough to change what guards the account


def has_factor(user):
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def is_verified(request):
    """Whether this very session may work: its member of staff has shown the second factor in it.

    Where the laptop's setting leaves the second factor out, the password is enough for an account without one.
    """
    if not hasattr(request, "_is_verified"):
        request._is_verified = _shown(request, "mfa") or (
            not settings.SECOND_FACTOR and not has_factor(request.user)
        )
    return request._is_verified


def note_proof(request):
    """A proof was given within this request: look again."""
    vars(request).pop("_is_verified", None)


def may_set_up(user, now):
    """Whether a password alone may add the first factor: in the first days of an account or of an invitation.

    A password that leaks later, of an account that nobody finished, opens nothing.
    """
    started = [user.date_joined]
    started += (
        Invitation.objects.filter(user=user)
        .exclude(accepted_at=None)
        .values_list("accepted_at", flat=True)
    )
    return now < max(started) + INVITED_FOR


def proved_moments_ago(request):
    """Whether the strongest proof that this account can give was given in this session within five minutes."""
    method = "mfa" if has_factor(request.user) else "password"
    limit = (timezone.now() - FRESH).timestamp()
    return any(record["at"] > limit for record in _records(request) if record["method"] == method)


def _shown(request, method):
    return any(record["method"] == method for record in _records(request))


def _records(request):
    return get_authentication_records(request, request.user)
