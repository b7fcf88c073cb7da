"""What allauth is told. None of it comes from the environment; clinic/settings.py takes it over as it is."""

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "clinic.sign_in.adapters.Accounts"
ACCOUNT_FORMS = {
    "login": "clinic.sign_in.forms.SignInForm",
    "reauthenticate": "clinic.sign_in.forms.PasswordAgainForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # ours hold for all workers: clinic/sign_in/throttle.py
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "clinic.sign_in.adapters.SecondFactors"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "clinic.sign_in.forms.CodeForm",
    "reauthenticate": "clinic.sign_in.forms.CodeAgainForm",
    "activate_totp": "clinic.sign_in.forms.FirstCodeForm",
    "add_webauthn": "clinic.sign_in.passkey_forms.NewPasskeyForm",
    "authenticate_webauthn": "clinic.sign_in.passkey_forms.PasskeyForm",
    "reauthenticate_webauthn": "clinic.sign_in.passkey_forms.PasskeyAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: clocks differ. Each code works once all the same.
