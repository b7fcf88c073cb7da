"""The visitor's way: what this is, the form, a look over the answers, and where the request is."""

from appointments.views.asking import check, details, details_again, start
from appointments.views.status import calendar, change, choose, status, undo, withdraw

__all__ = [
    "calendar",
    "change",
    "check",
    "choose",
    "details",
    "details_again",
    "start",
    "status",
    "undo",
    "withdraw",
]
