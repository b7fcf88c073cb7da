"""Signs that a machine sent a request, told apart so that staff can judge them. They refuse nobody."""

from appointments.models import ConsultationRequest
from clinic.traps import FASTEST, seconds_open

Suspicion = ConsultationRequest.Suspicion


def suspicions(answers, now):
    """What is odd about a form's unseen fields, as a list of Suspicions."""
    found = [Suspicion.TRAP] if answers["nothing_here"] else []
    took = seconds_open(answers["opened"], now)
    if took is None:
        found.append(Suspicion.NO_TIME)
    elif took < FASTEST.total_seconds():
        found.append(Suspicion.FAST)
    return found
