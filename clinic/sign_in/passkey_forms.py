"""What a browser answers for a passkey. It comes from outside: one that cannot be read is a wrong one, not a fault."""

import struct
from functools import wraps

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms

# What the libraries that read an answer raise for one that has not the shape they look for.
UNREADABLE = (
    AssertionError,
    AttributeError,
    InvalidSignature,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


def wrong_if_unreadable(clean):
    """A decorator for a method that raises ValidationError for a wrong answer: it raises no other error then."""

    @wraps(clean)
    def cleaning(*args):
        try:
            return clean(*args)
        except forms.ValidationError:
            raise
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error

    return cleaning


class AnswerField(forms.JSONField):
    widget = forms.HiddenInput
    to_python = wrong_if_unreadable(forms.JSONField.to_python)


class NewPasskeyForm(AddWebAuthnForm):
    credential = AnswerField()
    clean = wrong_if_unreadable(AddWebAuthnForm.clean)


class PasskeyForm(AuthenticateWebAuthnForm):
    credential = AnswerField()
    clean_credential = wrong_if_unreadable(AuthenticateWebAuthnForm.clean_credential)


class PasskeyAgainForm(ReauthenticateWebAuthnForm):
    credential = AnswerField()
    clean_credential = wrong_if_unreadable(ReauthenticateWebAuthnForm.clean_credential)
