"""Who stands at the doors of the staff's pages: it ends sessions in time, and asks each for its second factor.

Last in MIDDLEWARE: a form without its token has been refused by then, and the view is known.
"""

from urllib.parse import urlencode

from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from clinic.sign_in import typed
from clinic.sign_in.events import What, happened
from clinic.sign_in.standing import has_factor, is_verified, may_set_up

STAFF_ONLY = ("admin/", "staff/")
# What a session may open that has shown a password, of an account that has no second factor yet.
SETTING_UP = {
    "account_logout",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "staff_time_left",
}


class Gate:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not request.resolver_match.route.startswith(STAFF_ONLY):
            return None
        if not request.user.is_authenticated:
            return None
        now = timezone.now()
        if request.session.has_ended(now):
            typed.keep_posted(request, now)
            return end(request, "ended")
        if not getattr(view, "in_background", False):
            request.session.note_activity(now)
        if not is_verified(request):
            return _ask_for_factor(request, now)
        typed.forget_sent(request)
        return None


def _ask_for_factor(request, now):
    if has_factor(request.user):
        # It was opened before the second factor was set up, or forged. It proves nothing, and may not come to.
        return end(request, "factor")
    if not may_set_up(request.user, now):
        return end(request, "too-late")
    if request.resolver_match.view_name in SETTING_UP:
        return None
    return redirect("mfa_index")


def end(request, why):
    """End this session, say why on the page of the sign-in, and come back to this page after it."""
    happened(What.SESSION_ENDED, user=request.user, request=request)
    logout(request)
    query = {"why": why}
    if request.method == "GET" and request.path.startswith("/admin/"):
        query["next"] = request.get_full_path()
    return redirect(f"{reverse('account_login')}?{urlencode(query)}")
