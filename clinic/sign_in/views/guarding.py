"""What guards one's own account: the app, passkeys, recovery codes, the password."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.internal import flows as app_flows
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import flows as passkey_flows
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from clinic.sign_in.codes import remember_step
from clinic.sign_in.events import What, happened
from clinic.sign_in.forms import ChangeForm
from clinic.sign_in.models import end_sessions
from clinic.sign_in.qr import qr_path
from clinic.sign_in.standing import note_proof
from clinic.sign_in.views.entering import MendedMixin

proved = reauthentication_required(app="allauth.mfa")


def guard_changed(request, what):
    """Other sessions rest on what was true before: they end. This one goes on, under a new key."""
    request.session.cycle_key()
    end_sessions(request.user, but=request.session)
    happened(what, user=request.user, by=request.user, request=request)


def _factor_added(request, factor):
    """Who sets a factor up has shown that they hold it."""
    record_authentication(
        request, request.user, "mfa", id=factor.pk, type=factor.type, reauthenticated=True
    )
    note_proof(request)
    guard_changed(request, What.FACTOR_ADDED)


@method_decorator(proved, name="dispatch")
class SetUpApp(MendedMixin, ActivateTOTPView):
    """Also instead of an app that is there: the new one takes its place in one step, so that there always is one."""

    def dispatch(self, request, *args, **kwargs):
        return FormView.dispatch(
            self, request, *args, **kwargs
        )  # past allauth's refusal of a second app

    def get_context_data(self, **kwargs):
        context = FormView.get_context_data(self, **kwargs)
        secret = context["form"].secret
        url = get_adapter().build_totp_url(self.request.user, secret)
        groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
        return context | {"qr": qr_path(url), "secret": " ".join(groups), "url": url}

    def form_valid(self, form):
        with transaction.atomic():
            self.request.user.authenticator_set.filter(type=Authenticator.Type.TOTP).delete()
            app, codes = app_flows.activate_totp(self.request, form)
            remember_step(app, form.counter)
        _factor_added(self.request, app)
        return redirect("mfa_view_recovery_codes" if codes else "mfa_index")


class TurnOffApp(MendedMixin, DeactivateTOTPView):
    def form_valid(self, form):
        page = super().form_valid(form)
        guard_changed(self.request, What.FACTOR_REMOVED)
        return page


class AddPasskey(MendedMixin, AddWebAuthnView):
    def form_valid(self, form):
        passkey, codes = passkey_flows.add_authenticator(
            self.request,
            name=form.cleaned_data["name"],
            credential=form.cleaned_data["credential"],
        )
        _factor_added(self.request, passkey)
        return redirect("mfa_view_recovery_codes" if codes else "mfa_index")


class RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form):
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.warning(self.request, "Add another way to sign in before you remove this one.")
            return redirect("mfa_index")
        page = super().form_valid(form)
        guard_changed(self.request, What.FACTOR_REMOVED)
        return page


class RenewCodes(GenerateRecoveryCodesView):
    def form_valid(self, form):
        page = super().form_valid(form)
        guard_changed(self.request, What.CODES_RENEWED)
        return page


@sensitive_post_parameters("old", "password", "again")
@proved
def change_password(request):
    form = ChangeForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "account/password_change.html", {"form": form}, status=status)
    request.user.set_password(form.cleaned_data["password"])
    request.user.save(update_fields=["password"])
    update_session_auth_hash(request, request.user)
    guard_changed(request, What.PASSWORD_CHANGED)
    messages.success(request, "Your password is changed. You are signed out everywhere else.")
    return redirect("mfa_index")
