"""The staff's sign-in. Of allauth's addresses only those that are needed: no sign-up, no mail, no reset by mail."""

from allauth.mfa.base.views import index
from allauth.mfa.recovery_codes.views import download_recovery_codes, view_recovery_codes
from allauth.mfa.webauthn.views import edit_webauthn, list_webauthn
from django.urls import path
from django.views.decorators.cache import never_cache

from clinic.sign_in.views import entering, guarding, leaving

FACTOR = "2fa/"
APP, PASSKEYS, CODES = f"{FACTOR}totp/", f"{FACTOR}webauthn/", f"{FACTOR}recovery-codes/"

urlpatterns = [
    path("login/", entering.SignIn.as_view(), name="account_login"),
    path("logout/", entering.sign_out, name="account_logout"),
    path("reauthenticate/", entering.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("password/change/", guarding.change_password, name="account_change_password"),
    path("invitation/<token>/", entering.accept_invitation, name="staff_invitation"),
    path(FACTOR, index, name="mfa_index"),
    path(f"{FACTOR}authenticate/", entering.SecondStep.as_view(), name="mfa_authenticate"),
    path(f"{FACTOR}reauthenticate/", entering.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path(f"{APP}activate/", guarding.SetUpApp.as_view(), name="mfa_activate_totp"),
    path(f"{APP}deactivate/", guarding.TurnOffApp.as_view(), name="mfa_deactivate_totp"),
    path(PASSKEYS, list_webauthn, name="mfa_list_webauthn"),
    path(f"{PASSKEYS}add/", guarding.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        f"{PASSKEYS}reauthenticate/",
        entering.PasskeyAgain.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        f"{PASSKEYS}keys/<int:pk>/remove/",
        guarding.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path(f"{PASSKEYS}keys/<int:pk>/edit/", edit_webauthn, name="mfa_edit_webauthn"),
    path(CODES, view_recovery_codes, name="mfa_view_recovery_codes"),
    path(f"{CODES}generate/", guarding.RenewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path(f"{CODES}download/", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("time-left/", leaving.time_left, name="staff_time_left"),
    path("still-here/", leaving.still_here, name="staff_still_here"),
    path("typed/", leaving.typed_texts, name="staff_typed"),
    path("typed/keep/", leaving.keep_typed, name="staff_keep_typed"),
]
for pattern in urlpatterns:  # no cache, and not the browser's either, keeps a page of the sign-in
    pattern.callback = never_cache(pattern.callback)
