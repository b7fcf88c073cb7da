"""Who looked: a record of what staff see, search, take out and change, to which lines are only ever added.

45 CFR 164.312(b) asks for it. `write` adds one line. The pages of the staff site do that by themselves
(clinic/audit/pages.py); a view only says with `note` what cannot be seen from outside it.
"""

from clinic.audit.models import Action, AuditLine, AuditSeal, Outcome, Reason
from clinic.audit.notes import note
from clinic.audit.transactions import prepared_by, stores_nothing
from clinic.audit.writing import NotRecorded, line, write

__all__ = [
    "Action",
    "AuditLine",
    "AuditSeal",
    "NotRecorded",
    "Outcome",
    "Reason",
    "line",
    "note",
    "prepared_by",
    "stores_nothing",
    "write",
]
