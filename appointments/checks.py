"""System checks: no way for a request to end is forgotten."""

from django.core.checks import Error, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from appointments.models import ClosingReason
from appointments.models.keeping import LENGTH
from appointments.models.outbox import TOLD_NOTHING
from appointments.notices import CLOSING_TEXTS


@register
def every_closing_reason_has_a_period_and_a_text(app_configs, **kwargs):
    """A reason without a retention period is kept for ever; one without a text gets the neutral one."""
    for reason in ClosingReason:
        if reason not in LENGTH:
            yield Error(
                f"Requests that are closed as “{reason.label}” are never erased.",
                hint="Name the reason in a Period of appointments/models/keeping.py.",
                id="appointments.E001",
            )
        if reason not in TOLD_NOTHING and not _is_there(f"{CLOSING_TEXTS}/{reason}.txt"):
            yield Error(
                f"No mail says that a request was closed as “{reason.label}”.",
                hint=f"Write {CLOSING_TEXTS}/{reason}.txt, or name the reason in TOLD_NOTHING.",
                id="appointments.E002",
            )


def _is_there(template):
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True
