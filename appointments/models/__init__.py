"""What a request is, which requests there are, how one may move, its history, and the mail it causes."""

from appointments.models.erasures import Erasure
from appointments.models.history import StatusChange
from appointments.models.moves import MoveRefused
from appointments.models.outbox import Heartbeat, Notice
from appointments.models.requests import ConsultationRequest
from appointments.models.senders import Flooded, SentFrom
from appointments.models.steps import ClosingReason, Status, Withdrawal

__all__ = [
    "ClosingReason",
    "ConsultationRequest",
    "Erasure",
    "Flooded",
    "Heartbeat",
    "MoveRefused",
    "Notice",
    "SentFrom",
    "Status",
    "StatusChange",
    "Withdrawal",
]
