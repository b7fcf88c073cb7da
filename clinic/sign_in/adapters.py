"""Where our rules differ from what allauth does by itself."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth import authenticate
from django.shortcuts import redirect

from clinic import facts
from clinic.fields import box
from clinic.sign_in import hash_budget, throttle, typed
from clinic.sign_in.events import What, happened
from clinic.sign_in.models import WrongGuess
from clinic.sign_in.standing import has_factor, proved_moments_ago

WORDS = {
    "username_password_mismatch": "That user name and password do not go together. Check both, and Caps Lock.",
    "too_many_login_attempts": "There were too many wrong tries from here. Wait 15 minutes, then try again.",
    "sign_in_busy": "Very many tries to sign in are coming in. Wait half a minute, then try again.",
    "incorrect_password": "That password does not fit. Type it again.",
    "incorrect_code": "That does not fit, or was used before. Try again with a new code, or with your passkey.",
}


class Accounts(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | WORDS

    def is_open_for_signup(self, request):
        return False

    def get_login_stages(self):
        return ["allauth.mfa.stages.AuthenticateStage"]

    def authenticate(self, request, **credentials):
        """The member of staff whose name and password these are; None for a patient's or a deactivated account."""
        username = credentials.get("username", "")
        is_a_stranger = not throttle.knows_device(username, request)
        if is_a_stranger and hash_budget.of_strangers.is_spent():
            raise self.validation_error("sign_in_busy")
        guess = throttle.try_once(WrongGuess.Of.PASSWORD, username, request)
        if guess is None:
            happened(What.TOO_MANY, request=request)
            raise self.validation_error("too_many_login_attempts")
        began = time.monotonic()
        user = authenticate(request, username=username, password=credentials.get("password"))
        if is_a_stranger:
            hash_budget.of_strangers.spend(time.monotonic() - began)
        if user and user.is_staff:
            throttle.fits(guess)
            return user
        happened(What.WRONG_PASSWORD, request=request)
        return None

    def is_reauthentication_required(self, *, app, **kwargs):
        return not proved_moments_ago(context.request)

    def get_reauthentication_methods(self, user):
        """Once there is a second factor, the password alone proves nothing more."""
        methods = super().get_reauthentication_methods(user)
        if user.is_authenticated and has_factor(user):
            return [method for method in methods if method["id"] != "reauthenticate"]
        return methods

    def post_login(self, request, user, **hooks):
        response = super().post_login(request, user, **hooks)
        if typed.waits_for(request):
            response = redirect("staff_typed")
        throttle.remember_device(request, response, user)
        return response

    def respond_user_inactive(self, request, user):
        return redirect("account_login")

    def add_message(self, request, level, message_template=None, *args, message=None, **kwargs):
        """Our pages say what happened themselves; only what went wrong with a passkey comes through here."""
        if message:
            super().add_message(request, level, message=message)

    def get_logout_redirect_url(self, request):
        return "account_login"


class SecondFactors(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | WORDS

    def encrypt(self, text):
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return box().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user):
        return user.get_username()

    def get_totp_issuer(self):
        return f"{facts.current().name}, staff"

    def generate_authenticator_name(self, user, kind):
        return f"Passkey {user.authenticator_set.filter(type=kind).count() + 1}"

    def can_delete_authenticator(self, authenticator):
        """The last factor is replaced, never just taken away."""
        others = authenticator.user.authenticator_set.exclude(pk=authenticator.pk)
        return others.exclude(type=authenticator.Type.RECOVERY_CODES).exists()
