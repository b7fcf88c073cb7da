"""What a request is, which requests there are, how one may move, its history, and the mail it causes."""

from appointments.models.history import StatusChange
from appointments.models.outbox import Heartbeat, Notice
from appointments.models.requests import ConsultationRequest, MoveRefused
from appointments.models.steps import ClosingReason, Status

__all__ = [
    "ClosingReason",
    "ConsultationRequest",
    "Heartbeat",
    "MoveRefused",
    "Notice",
    "Status",
    "StatusChange",
]
