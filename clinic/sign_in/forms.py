"""What staff type at the sign-in. Nothing here tells a stranger whether an account exists."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgain
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)

from clinic.sign_in.codes import spend, spend_first


def helper(words):
    made = FormHelper()
    made.form_class = "form"
    made.attrs = {"novalidate": ""}
    made.add_input(Submit("go_on", words))
    return made


def plain(field, label, missing, **more):
    """Words of our own on a field that allauth made, and no placeholder: it would vanish while one types."""
    field.label = label
    field.error_messages["required"] = missing
    field.widget.attrs.pop("placeholder", None)
    field.help_text = more.get("help_text", "")
    return field


class SignInForm(LoginForm):
    helper = helper("Sign in")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self.fields["login"], "User name", "Type your user name.")
        plain(self.fields["password"], "Password", "Type your password.")
        self.fields["login"].widget.attrs.update(autocapitalize="none", spellcheck="false")

    def clean(self):
        cleaned = super().clean()
        if self.user:
            # The code page checks it: a password that was changed meanwhile ends the way in that it opened.
            self._login.state["password"] = self.user.get_session_auth_hash()
        return cleaned


class PasswordAgainForm(PasswordAgain):
    helper = helper("Go on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        plain(self.fields["password"], "Password", "Type your password.")


class CodeMixin:
    """A code from the app, or a recovery code. Each works once, whatever the clock says."""

    helper = helper("Go on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = plain(
            self.fields["code"],
            "Code",
            "Type the code.",
            help_text="Six digits from your app, or one of your recovery codes.",
        )
        field.widget.attrs.update(inputmode="numeric", autocapitalize="none", spellcheck="false")

    def clean_code(self):
        code = self.cleaned_data["code"]
        self.authenticator = spend(self.user, code)
        return code


class CodeForm(CodeMixin, AuthenticateForm):
    pass


class CodeAgainForm(CodeMixin, ReauthenticateForm):
    pass


class FirstCodeForm(ActivateTOTPForm):
    helper = helper("Turn it on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = plain(
            self.fields["code"],
            "Code from the app",
            "Type the six digits that the app shows.",
        )
        field.widget.attrs.update(inputmode="numeric", spellcheck="false")

    def clean_code(self):
        code = self.cleaned_data["code"]
        self.counter = spend_first(self.user, self.secret, code)
        return code


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )
    again = forms.CharField(
        label="The same password again",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Type the password a second time."},
    )
    helper = helper("Set my password")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self):
        password = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password

    def clean(self):
        cleaned = super().clean()
        if "password" in cleaned and cleaned.get("again") not in (None, cleaned["password"]):
            self.add_error("again", "The two passwords differ. Type both again.")
        return cleaned


class ChangeForm(NewPasswordForm):
    old = forms.CharField(
        label="Your present password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your present password."},
    )
    field_order = ["old", "password", "again"]
    helper = helper("Change my password")

    def clean_old(self):
        old = self.cleaned_data["old"]
        if not get_adapter().reauthenticate(self.user, old):
            raise get_adapter().validation_error("incorrect_password")
        return old
