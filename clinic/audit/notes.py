"""What a view says for the line of its own request, because only the view knows it."""

from dataclasses import dataclass, field

from clinic.audit.models import Outcome
from clinic.audit.writing import reference_of


@dataclass
class Notes:
    """Gathered while a page is made; written down as it ends."""

    action: str = ""
    subjects: dict = field(default_factory=dict)  # (kind, reference): outcome
    step: str = ""  # the name of an action on a list
    count: int | None = None
    shown: list = field(default_factory=list)
    reason: str = ""
    before: list = field(default_factory=list)  # lines that stand before its own
    is_logged: bool = False  # Django's admin said that it saved or deleted


def note(request, *rows, outcome="", shown=None, **said):
    """Say for the line of this request which rows it is about, and what else cannot be seen from outside the view.

    Args: shown are the rows of a list; further action, count, reason, before. Rows that were noted before keep their
    outcome, unless there is a new one.
    """
    notes = notes_of(request)
    if shown is not None:
        notes.shown = [reference_of(row) for row in shown]
        notes.count = len(notes.shown)
    for name, value in said.items():
        setattr(notes, name, value)
    for row in rows:
        key = (row._meta.label_lower, reference_of(row))
        notes.subjects[key] = outcome or notes.subjects.get(key, Outcome.DONE)


def notes_of(request):
    if not hasattr(request, "audit_notes"):
        request.audit_notes = Notes()
    return request.audit_notes
