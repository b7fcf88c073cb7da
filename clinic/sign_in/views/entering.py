"""Password, then the second factor; the way out; and the way in for who was invited."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib.auth import login, logout
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clinic.sign_in import throttle
from clinic.sign_in.events import What, happened
from clinic.sign_in.forms import NewPasswordForm
from clinic.sign_in.models import Invitation
from clinic.sign_in.roles import is_still_right
from clinic.sign_in.standing import has_factor

TOO_MANY = {"too_many_login_attempts", "sign_in_busy"}
WHY = {
    "ended": "You were signed out after a while. What you had typed is kept for you.",
    "factor": "Sign in with your password and your second factor.",
    "too-late": "This account has no second factor, and the days to set one up are over. "
    "Ask a manager for a new invitation.",
    "out": "You are signed out.",
}


class MendedMixin:
    """A form that came back says so in its status: 429 after too many tries, else 422."""

    def form_invalid(self, form):
        page = super().form_invalid(form)
        if page.status_code == 200:
            codes = {error.code for errors in form.errors.as_data().values() for error in errors}
            page.status_code = 429 if codes & TOO_MANY else 422
        return page


class SignIn(MendedMixin, LoginView):
    extra_context = {"whys": WHY}

    def get_context_data(self, **kwargs):
        why = WHY.get(self.request.GET.get("why"), "")
        return super().get_context_data(**kwargs, why=why)

    def _redirect_to_pending_stage(self, request, stage):
        """On to the code; or back to the start where the second factor was taken away meanwhile."""
        if has_factor(stage.login.user):
            return super()._redirect_to_pending_stage(request, stage)
        clear_login(request)
        return None


class SecondStep(MendedMixin, AuthenticateView):
    def form_valid(self, form):
        """Whoever was deactivated, or whose password was changed, since the first step starts anew."""
        started, user = self.stage.login.state.get("password", ""), self.stage.login.user
        is_same = constant_time_compare(started, user.get_session_auth_hash())
        if not (is_same and user.is_active and user.is_staff):
            return self.stage.abort()
        return super().form_valid(form)

    def form_invalid(self, form):
        if "credential" in form.errors:
            happened(What.WRONG_CODE, user=self.stage.login.user, request=self.request)
        return super().form_invalid(form)


class PasswordAgain(MendedMixin, ReauthenticateView):
    pass


class CodeAgain(MendedMixin, CodeAgainView):
    pass


class PasskeyAgain(ReauthenticateWebAuthnView):
    def form_invalid(self, form):
        """The page again, where allauth would lead away."""
        happened(What.WRONG_CODE, user=self.request.user, request=self.request)
        return self.render_to_response(self.get_context_data(), status=422)


@require_http_methods(["GET", "POST"])
def sign_out(request):
    """A page with a button; the button ends the session and what the browser keeps of the staff's pages."""
    if request.method == "GET" and request.user.is_authenticated:
        return render(request, "account/logout.html")
    logout(request)
    page = redirect(f"{reverse('account_login')}?why=out")
    page.headers["Clear-Site-Data"] = '"cache", "storage"'
    return page


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request, token):
    """Choose a password, once. Opening the link uses nothing up: mail programs open links too."""
    now = timezone.now()
    found = Invitation.objects.of(token).open(now).select_related("user", "made_by")
    invitation = found.filter(user__is_active=True).first()
    if invitation is None or not is_still_right(invitation):
        return render(request, "account/invitation_ended.html", status=404)
    form = NewPasswordForm(_posted(request), user=invitation.user)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(
            request,
            "account/invitation.html",
            {"form": form, "invitation": invitation},
            status=status,
        )
    if not invitation.accept(form.cleaned_data["password"], now=now):
        return render(request, "account/invitation_ended.html", status=404)
    return _welcome(request, invitation.user)


def _posted(request):
    return request.POST if request.method == "POST" else None


def _welcome(request, user):
    logout(request)  # whoever else was signed in here
    login(request, user)
    record_authentication(request, user, method="password")
    happened(What.INVITATION_ACCEPTED, user=user, by=user, request=request)
    page = redirect("mfa_index")
    throttle.remember_device(request, page, user)
    return page
