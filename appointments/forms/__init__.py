"""What a visitor may type, and how we ask for it."""

from appointments.forms.asking import CONSENT_VERSION, ConsultationRequestForm
from appointments.forms.reaching import TEXT_CONSENT_VERSION, ChangeContactForm
from appointments.forms.withdrawing import WithdrawalForm

__all__ = [
    "CONSENT_VERSION",
    "TEXT_CONSENT_VERSION",
    "ChangeContactForm",
    "ConsultationRequestForm",
    "WithdrawalForm",
]
