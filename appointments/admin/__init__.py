"""The triage desk in the admin: the queue, one request, what staff may do, the week, the figures."""

from appointments.admin import front_page  # noqa: F401  (it puts itself on the front page)
from appointments.admin.desk import ConsultationRequestAdmin

__all__ = ["ConsultationRequestAdmin"]
