"""How a request is taken in: once for each form that was sent, whole or not at all."""

from django.conf import settings
from django.db import IntegrityError

from appointments import hours, questions
from appointments.models.comparing import Before, look_before
from appointments.models.erasures import Erasure
from appointments.models.history import StatusChange
from appointments.models.links import LINK_LASTS, link_hash, new_reference
from appointments.models.outbox import Notice
from appointments.models.senders import MANY, Flooded, SentFrom
from clinic.fields import indexing_digests
from clinic.inserting import New, insert, insert_as_usual, looking_before
from clinic.safety import asks_for_a_human_first

DRAWS = 3  # of a reference that nobody has yet


class Receiving:
    """How a ConsultationRequest comes to be."""

    def receive(self, *, form_key, practice, now, sender=""):
        """Take it in: the row, its first history line and the notices, all or nothing.

        Args: practice is the clinic.facts that hold the promise; form_key is the form's one-time key; sender is the
        fingerprint of the network address, "" when there is none.
        The same answers sent again under the same key (a double click, a reload, a retry on a bad
        line) return the request that is there already; different answers are a new request.
        Raises Flooded when one address sends more than people do.
        """
        # Two keys of fingerprints make two digests, so that the database alone would not notice.
        if settings.CLINIC_INDEX_KEY_FALLBACKS and (earlier := self.as_received(form_key)):
            return earlier
        self._stamp(form_key, practice, now)
        marks = self.suspicions
        for _draw in range(DRAWS):
            self.pk, self.suspicions = None, list(marks)
            try:
                return self._store(sender, now)
            except (IntegrityError, Flooded) as refusal:
                if earlier := self.as_received():
                    return earlier
                if isinstance(refusal, Flooded) or not self._reference_is_taken():
                    raise
        raise IntegrityError("No free reference was drawn.")

    def as_received(self, form_key=None):
        """The request that holds these very answers, sent under this key; None if there is none yet."""
        digests = [self.submission_digest] if form_key is None else self._digests(form_key)
        return type(self).objects.filter(submission_digest__in=digests).first()

    def _stamp(self, form_key, practice, now):
        self.received_at = self.consented_at = now
        self.link_ends_at = now + LINK_LASTS
        if self.text_consent_version:
            self.texts_agreed_at = now
        self.answer_by = hours.answer_by(
            now, practice.answer_within_minutes, practice.week, practice.closures, practice.zone
        )
        if self._asks_for_a_human_first(practice):
            self.flagged_at = now
        self._take_fingerprints()
        self.submission_digest = self._digests(form_key)[0]
        self.link_hash = link_hash(self.token)

    def _asks_for_a_human_first(self, practice):
        """Whether any text that the person typed, or any topic that they ticked, puts a human first."""
        ticked = [practice.topics[s] for s in self.topics.splitlines() if s in practice.topics]
        return (
            any(map(asks_for_a_human_first, (self.message, self.relation, self.name)))
            or any(topic.is_about_suicide for topic in ticked)
            or any(asks_for_a_human_first(topic.name) for topic in ticked)
        )

    def _store(self, sender, now):
        """Two requests draw one reference once in a blue moon (30⁸ of them): then `receive` draws again."""
        self.reference = new_reference()
        rows = [self, *self._what_goes_with_it(sender, now)]
        with looking_before():
            if seen := insert_as_usual(look_before(self, sender, now), *rows):
                self._mark(Before(*seen), sender, now)
                insert(*rows)
        return self

    def _mark(self, before, sender, now):
        """What stands out is a mark for staff, or a reason to refuse it."""
        if before.was_erased:
            raise IntegrityError("This reference named a request that was erased.")
        if before.from_its_address >= settings.CLINIC_REQUESTS_PER_HOUR:
            raise SentFrom.objects.refusal(sender, now)
        if before.from_its_address >= MANY:
            self.suspicions.append(self.Suspicion.MANY)
        if before.has_alike:
            self.suspicions.append(self.Suspicion.ALIKE)

    def _what_goes_with_it(self, sender, now):
        """That its address sent one, the first lines of its history, and who is to hear of it."""
        what = StatusChange.What
        lines = [what.MOVED, what.FLAGGED] if self.flagged_at else [what.MOVED]
        if sender:
            yield New(SentFrom, sender=sender, at=now)
        for one in lines:
            yield New(StatusChange, request=self, what=one, status=self.status, at=now)
        for kind in Notice.kinds_for_a_new(self):
            yield New(Notice, request=self, kind=kind, due_at=now)

    def _reference_is_taken(self):
        taken = type(self).objects.filter(reference=self.reference).exists()
        return taken or Erasure.objects.names(self.reference)

    def _digests(self, form_key):
        answers = "\x1f".join(str(getattr(self, name)) for name in questions.answer_columns())
        return indexing_digests(f"submission\x1f{form_key}\x1f{answers}")
