"""Each page of the staff site leaves its line: here is the one place that writes it.

A page that shows something writes its line before it is sent. A page that changes something writes it in the
transaction of the change. So what cannot be written down is neither shown nor done: the member of staff sees the page
that says the site is in trouble, and the phone still works. A record that has holes when it matters would be worth less
than an hour without a queue.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from clinic.audit.models import Action, Outcome
from clinic.audit.notes import note, notes_of
from clinic.audit.writing import line, write_all

SENT_ON = (301, 302, 303)
READS = ("GET", "HEAD", "OPTIONS")
# Unless they refuse. They show nothing of anyone and change nothing: words of the admin's scripts; who else has a
# request open, asked every half minute; a pasted text made clean. Signing out is written down where the session ends.
LEAVE_NONE = {"jsi18n", "logout", "appointments_consultationrequest_here", "articles_article_clean"}
ONLY_SHOW = {"index", "app_list", "view_on_site", "history", "versions", "look", "file", ""}
ONE_ROW = {"change", "history", "delete"}
SAVES = {"add": Action.ADDED, "change": Action.CHANGED, "delete": Action.DELETED}
SENDS = {**SAVES, "print": Action.PRINTED}


def recorded(view, is_staff):
    """The view, with its line. Args: is_staff tells for an HTTP request whether it may come in at all."""

    def watched(request, *args, **kwargs):
        page = Page(request, kwargs)
        if not is_staff(request):
            return page.refused(view(request, *args, **kwargs))
        try:
            if request.method in READS or getattr(view, "stores_nothing", False):
                return page.recorded(view(request, *args, **kwargs))
            if prepare := getattr(view, "prepare", None):
                prepare(request)
            with transaction.atomic():
                return page.recorded(view(request, *args, **kwargs))
        except (PermissionDenied, Http404) as refusal:
            missing = isinstance(refusal, Http404)
            page.write(Outcome.MISSING if missing else Outcome.REFUSED)
            raise

    return watched


class Page:
    """One request for a page of the staff site, and the lines it leaves."""

    def __init__(self, request, kwargs):
        self.request, self.kwargs = request, kwargs
        self.user = (
            request.user if request.user.is_authenticated else None
        )  # signing out forgets it
        self.door = (request.resolver_match and request.resolver_match.url_name) or ""
        # The admin's own names: app, model, verb.
        app, _, rest = self.door.partition("_")
        model, _, self.verb = rest.partition("_")
        self.what = f"{app}.{model}" if self.verb else ""
        if not self.verb or self.door in ("password_change_done", "view_on_site"):
            self.what, self.verb = "", self.door

    def refused(self, answer):
        """Strangers are sent to sign in, and leave no line: they could fill the record. Who signed in leaves one."""
        if self.user:
            self.write(Outcome.REFUSED)
        return answer

    def recorded(self, answer):
        if not self.door and answer.status_code in SENT_ON:
            return answer  # the page that it leads to leaves a line
        self._note_list(answer)
        outcome = self._outcome(answer)
        if outcome != Outcome.DONE or self.door not in LEAVE_NONE:
            self.write(outcome)
        return answer

    def write(self, outcome):
        """All lines of this request: one for each row it is about, or one."""
        notes = notes_of(self.request)
        subjects = notes.subjects or {(self.what, self._number()): outcome}
        if outcome != Outcome.DONE:
            subjects = dict.fromkeys(subjects, outcome)
        said = {"count": notes.count, "shown": notes.shown, "reason": notes.reason}
        door = f"{self.door}:{notes.step}" if notes.step else self.door
        action, now = self._action(notes), timezone.now()
        own = [
            line(self.user, action, now=now, door=door, outcome=how, what=w, which=which, **said)
            for (w, which), how in subjects.items()
        ]
        write_all([*notes.before, *own])

    def _number(self):
        """The row's number from the address; anything else was typed by hand and may be a name."""
        number = str(self.kwargs.get("object_id") or self.kwargs.get("pk") or "")
        return number if number.isdecimal() and len(number) < 20 else ""

    def _action(self, notes):
        if notes.action:
            return notes.action
        if self.request.method in READS or self.verb in ONLY_SHOW:
            return self._way_of_reading()
        if notes.step == "delete_selected":
            return Action.DELETED if self.request.POST.get("post") else Action.VIEWED
        if self.verb == "changelist" and not notes.step:
            return Action.LISTED  # sent without an action, or with one that is not theirs
        return Action.CHANGED if notes.step else SENDS.get(self.verb, Action.CHANGED)

    def _way_of_reading(self):
        is_search = self.verb == "autocomplete" or "q" in self.request.GET
        if is_search:
            return Action.SEARCHED
        return Action.LISTED if self.verb == "changelist" else Action.VIEWED

    def _note_list(self, answer):
        """Which rows a list showed. The page shows the same, so this asks the database for nothing more."""
        context = getattr(answer, "context_data", None) or {}
        if "cl" in context:
            note(self.request, shown=list(context["cl"].result_list))

    def _outcome(self, answer):
        notes = notes_of(self.request)
        went_on = answer.status_code in SENT_ON
        if answer.status_code == 403:
            return Outcome.REFUSED
        if self.verb in ONE_ROW and went_on and not notes.subjects:
            return Outcome.MISSING  # the admin says so on its front page
        if answer.status_code >= 400:
            return Outcome.NOT_DONE
        if self.request.method in READS:
            return Outcome.DONE
        if self.verb in SAVES and not (went_on or notes.is_logged):
            return Outcome.NOT_DONE  # the form came back with something to mend
        return Outcome.DONE
