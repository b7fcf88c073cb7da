"""What a request is, which requests there are, how one may move, its history, and the mail it causes."""

from appointments.models.consultations import Consultation
from appointments.models.contacts import ContactTry
from appointments.models.drafts import Draft
from appointments.models.erasures import Erasure, Receipt
from appointments.models.folder import folder_of
from appointments.models.history import StatusChange
from appointments.models.holding import HoldReason
from appointments.models.keeping import Reason
from appointments.models.merges import Merge
from appointments.models.notes import Note, NoteChanged, Presence
from appointments.models.outbox import Heartbeat, Notice
from appointments.models.refusals import ContactChanged, MoveRefused, TooOften
from appointments.models.requests import ConsultationRequest
from appointments.models.senders import Flooded, SentFrom
from appointments.models.steps import ClosingReason, Status, Withdrawal

__all__ = [
    "ClosingReason",
    "Consultation",
    "ConsultationRequest",
    "ContactChanged",
    "ContactTry",
    "Draft",
    "Erasure",
    "Flooded",
    "Heartbeat",
    "HoldReason",
    "Merge",
    "MoveRefused",
    "Note",
    "NoteChanged",
    "Notice",
    "Presence",
    "Reason",
    "Receipt",
    "SentFrom",
    "Status",
    "StatusChange",
    "TooOften",
    "Withdrawal",
    "folder_of",
]
