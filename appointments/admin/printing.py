"""One request on paper. A deliberate act by POST, so that the record of who looked has a line for each sheet."""

from django.template.response import TemplateResponse

from appointments.models import folder_of
from appointments.questions import answers_for_staff


class Printing:
    def printing_doors(self):
        return [self.door("print", self.print_sheet, right="view", changes=False)]

    def print_sheet(self, request, wanted, now):
        """A page made for paper: what its page says, but for who works on it and what can be done.

        What was joined is named only: it is printed on its own, so that its sheet leaves a line too.
        """
        papers = folder_of(wanted, user=request.user, now=now)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Request {wanted.reference}",
            "wanted": wanted,
            "answers": answers_for_staff(wanted),
            "is_paper": True,
            "printed_at": now,
            "may_move": self.has_move_permission(request),
            **self.papers_context(request, papers),
            **self.times_context(papers),
        }
        template = "admin/appointments/consultationrequest/sheet.html"
        return TemplateResponse(request, template, context)
