"""What staff do about the consultation: agree on a time, move it, cancel it, offer times."""

from appointments.forms.blank import blank
from appointments.forms.desk import ConsultationForm, OffersForm
from appointments.models import Consultation, MoveRefused
from appointments.models.steps import OPEN, Status
from clinic.fields import readable

CancelledBy = Consultation.CancelledBy


class ArrangingDoors:
    def arranging_doors(self):
        return [
            self.door("arrange", self.arrange, form=_consultation_form),
            self.door("offer", self.offer, form=_offers_form),
            self.door("another-time", self.another_time, form=_consultation_form),
            self.door("cancel", self.cancel),
        ]

    def arranging_context(self, wanted, papers):
        times = self.times_context(papers)
        clinicians = tuple((str(one.pk), one.who) for one in papers.get("clinician", []))
        return {
            **times,
            "may_arrange": wanted.status in OPEN,
            "may_offer": wanted.status in OPEN and wanted.status != Status.ARRANGED,
            "arrange_form": _arrange_form(times["agreed"], clinicians),
            "offers_form": blank(OffersForm, auto_id="offer_%s", clinicians=clinicians),
        }

    def times_context(self, papers):
        """The time that was agreed on, and those that the person can choose from."""
        meetings = papers.get("consultation", [])
        return {
            "agreed": next((one for one in meetings if one.one == Consultation.State.AGREED), None),
            "offers": [one for one in meetings if one.one == Consultation.State.OFFERED],
        }

    def arrange(self, request, wanted, now):
        return self._with_form(
            request,
            wanted,
            now,
            lambda *when, **how: wanted.arrange(*when, **how, by=request.user, now=now),
        )

    def another_time(self, request, wanted, now):
        return self._with_form(
            request,
            wanted,
            now,
            lambda *when, **how: wanted.move_consultation(*when, **how, by=request.user, now=now),
        )

    def cancel(self, request, wanted, now):
        who = request.POST.get("cancelled_by") or CancelledBy.CLINIC
        if who not in CancelledBy.values:
            raise MoveRefused("Say who cancels it: press one of the two buttons.")
        wanted.cancel_consultation(by=request.user, now=now, cancelled_by=who)
        self.done(request, f"The consultation of {wanted} is cancelled.")

    def offer(self, request, wanted, now):
        _, form = _offers_form(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, offers_form=form)
        how = {"how_to_join": form.cleaned_data["how_to_join"]}
        wanted.offer_times(form.starts(), form.meeting(), **how, by=request.user, now=now)
        self.done(request, f"{wanted} can choose between {len(form.starts())} time(s).")
        return None

    def _with_form(self, request, wanted, now, agree):
        _, form = _consultation_form(request.POST)
        if not form.is_valid():
            return self.record_page(request, wanted, now, status=422, arrange_form=form)
        how_to_join = form.cleaned_data["how_to_join"]
        agree(form.cleaned_data["starts_at"], form.meeting(), how_to_join=how_to_join)
        how = Consultation.How(form.cleaned_data["how"]).label.lower()
        self.done(request, f"{wanted} has a consultation, {how}.")
        return None


def _consultation_form(posted):
    return "arrange_form", ConsultationForm(posted, auto_id="arrange_%s")


def _offers_form(posted):
    return "offers_form", OffersForm(posted, auto_id="offer_%s")


def _arrange_form(agreed, clinicians):
    """With the time that was agreed on, where there is one."""
    known = {"auto_id": "arrange_%s", "clinicians": clinicians}
    if not agreed:
        return blank(ConsultationForm, **known)
    initial = {
        "clinician": agreed.three,
        "minutes": agreed.minutes,
        "how": agreed.two,
        "starts_at": agreed.at,
        "how_to_join": readable(agreed.text),
    }
    return ConsultationForm(initial=initial, **known)
