"""The account for the day when nobody else can sign in. It lies sealed; opening it is loud."""

import secrets

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from clinic.sign_in.models import Invitation, end_sessions
from clinic.sign_in.user_names import BREAK_GLASS as NAME


def is_it(user):
    return user.get_username() == NAME and user.is_superuser


@transaction.atomic
def seal():
    """Make the account, or close it again after use: a new password, new codes, no session, no link.

    Returns the password and the recovery codes. They are written on paper and shown nowhere again. Raises
    ValidationError where another account has a name that reads like it.
    """
    users = get_user_model().objects
    account, _ = users.get_or_create(
        **{get_user_model().USERNAME_FIELD: NAME},
        defaults={"is_staff": True, "is_superuser": True},
    )
    password = "-".join(secrets.token_hex(2) for _ in range(8))
    account.set_password(password)
    account.is_active = account.is_staff = account.is_superuser = True
    account.last_login = None
    account.save()
    Authenticator.objects.filter(user=account).delete()
    end_sessions(account)
    Invitation.objects.filter(user=account).end(timezone.now())
    TOTP.activate(
        account, generate_totp_secret()
    )  # nobody's app: the codes on paper are the second factor
    return password, RecoveryCodes.activate(account).get_unused_codes()


def last_used():
    """When somebody signed in with it since it was sealed; None while it lies sealed or was never made."""
    return (
        get_user_model()
        .objects.filter(**{get_user_model().USERNAME_FIELD: NAME})
        .values_list("last_login", flat=True)
        .first()
    )
