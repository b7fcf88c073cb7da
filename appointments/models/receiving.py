"""How a request is received: once for each form that was sent, in one transaction."""

from django.conf import settings
from django.db import IntegrityError

from appointments import hours, questions
from appointments.models.erasures import Erasure
from appointments.models.history import StatusChange
from appointments.models.links import LINK_LASTS, link_hash, new_reference
from appointments.models.outbox import Notice
from appointments.models.senders import MANY, Flooded, SentFrom
from clinic.fields import indexing_digests
from clinic.locking import one_at_a_time
from clinic.safety import asks_for_a_human_first

DRAWS = 3  # of a reference that nobody has yet


class Receiving:
    """How a ConsultationRequest comes to be."""

    def receive(self, *, form_key, practice, now, sender=""):
        """Save a new request with its first lines of history and its notices, in one transaction.

        Args: form_key is the form's one-time key; practice is the clinic.facts that hold the promise; sender is the
        fingerprint of the network address, "" when there is none. `save()` is called once a draw of the reference, so
        `post_save` is sent within the transaction.
        The same answers sent again under the same key (a double click, a reload, a retry on a bad line) return the
        request that is stored already; different answers are a new request.
        Raises Flooded when this address sent as many as it may in an hour, and DatabaseError; then nothing is stored.
        """
        # Two keys of fingerprints make two digests, so that the constraint alone would not notice.
        if settings.CLINIC_INDEX_KEY_FALLBACKS and (earlier := self.as_received(form_key)):
            return earlier
        self._stamp(form_key, practice, now)
        signs_of_a_machine = self.suspicions
        for _draw in range(DRAWS):
            self.pk, self.suspicions = None, list(signs_of_a_machine)
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
        """Check what stands out, save, and add what goes with the row, all or nothing.

        Many from one address, or the same words as someone else's, mark the request for staff; too many from one
        address raise Flooded. Requests from one address are stored one after another, so the limit also holds for
        those that are sent at once. Raises IntegrityError for a reference that is taken, also by an erased request:
        that is checked after the row is saved, when an erasure at the same moment can no longer slip in between.
        """
        self.reference = new_reference()
        with one_at_a_time(f"requests from {sender}"):
            if SentFrom.objects.count_unless_flooded(sender, now) >= MANY:
                self.suspicions.append(self.Suspicion.MANY)
            if type(self).objects.same_words_from_others(self, now).exists():
                self.suspicions.append(self.Suspicion.ALIKE)
            self.save(force_insert=True)
            if Erasure.objects.names(self.reference):
                raise IntegrityError("This reference named a request that was erased.")
            StatusChange.objects.record_received(self, now)
            Notice.objects.tell_of_received(self, now)
            if sender:
                SentFrom.objects.create(sender=sender, at=now)
        return self

    def _reference_is_taken(self):
        taken = type(self).objects.filter(reference=self.reference).exists()
        return taken or Erasure.objects.names(self.reference)

    def _digests(self, form_key):
        answers = "\x1f".join(str(getattr(self, name)) for name in questions.answer_columns())
        return indexing_digests(f"submission\x1f{form_key}\x1f{answers}")
