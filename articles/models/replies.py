"""What readers answer to an article: it waits for a person, and shows only when one has approved it."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from articles.models.erased import ErasableReplies
from articles.models.senders import ReplySender
from clinic.fields import EncryptedTextField, Unreadable, indexing_digests
from clinic.safety import asks_for_a_human_first

BEFORE_TAKING_REPLIES = (
    "Readers may then write a reply. Nothing shows until one of you has read and approved it. Turn "
    "this on only if someone reads replies on working days: some will come from people in distress."
)
UNPUBLISHED_KEPT = timedelta(days=30)
FLAGGED_KEPT = timedelta(days=90)
KEPT_REPLIES = {"days": UNPUBLISHED_KEPT.days, "days_of_flagged": FLAGGED_KEPT.days}  # for pages


class DecisionRefused(Exception):
    """A decision that is not allowed, or that came too late; the text says which, for staff to read."""


class ReplyQuerySet(ErasableReplies):
    def waiting(self):
        return self.filter(status=Reply.Status.WAITING)

    def approved(self):
        return self.filter(status=Reply.Status.APPROVED)

    def refused(self):
        return self.filter(status=Reply.Status.REFUSED)

    def asking_for_a_human(self):
        return self.filter(asks_for_a_human=True)

    def oldest_first(self):
        return self.order_by("received_at", "pk")

    def due_for_erasure(self, now):
        """What never showed: thirty days after it came or was refused, ninety where a human was asked for."""
        unpublished = self.exclude(status=Reply.Status.APPROVED)
        old = Q(decided_at=None, received_at__lte=now - UNPUBLISHED_KEPT) | Q(
            decided_at__lte=now - UNPUBLISHED_KEPT
        )
        return unpublished.filter(
            Q(asks_for_a_human=False) & old
            | Q(asks_for_a_human=True, received_at__lte=now - FLAGGED_KEPT)
        )


class Reply(models.Model):
    """One reader's answer to an article."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Not shown"

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="replies")
    name = EncryptedTextField("name or pseudonym")
    text = EncryptedTextField()
    text_digest = models.CharField(max_length=64, unique=True, editable=False)
    received_at = models.DateTimeField(editable=False)

    # Set as it comes in, for staff only.
    asks_for_a_human = models.BooleanField("asks for a human first", default=False, editable=False)
    is_suspect = models.BooleanField("may be from a machine", default=False, editable=False)

    # Where it stands. Only `approve` and `refuse` change these.
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        permissions = [
            ("moderate_reply", "Can approve and refuse replies"),
            ("hand_out_reply", "Can copy and erase a reply for the one who wrote it"),
        ]
        indexes = [
            models.Index(fields=["article", "status", "received_at"], name="replies_of_an_article"),
            models.Index(fields=["status", "received_at"], name="replies_by_status"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(asks_for_a_human=False),
                name="who_asks_for_a_human_is_never_shown",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at=None)
                | Q(status__in=["approved", "refused"], decided_at__isnull=False),
                name="a_reply_waits_until_it_is_decided",
            ),
        ]

    def __str__(self):
        return f"Reply {self.pk}"

    def receive(self, *, sender, now):
        """Take it in, to wait for a person; the same text on the same article is the reply that is there already.

        `sender` is a fingerprint from clinic.traps. Raises Flooded when too many came, and then keeps nothing.
        """
        self.received_at = now
        self.text_digest = self._digests()[0]
        self.asks_for_a_human = self.should_be_read_first()
        if earlier := self._already_here():
            return earlier
        try:
            with transaction.atomic():
                ReplySender.objects.note(sender, now)
                self.save(force_insert=True)
        except IntegrityError:
            if earlier := self._already_here():
                return earlier
            raise
        return self

    def fingerprints(self):
        """The newest digest of its words, by column; none when they cannot be read."""
        return {} if isinstance(self.text, Unreadable) else {"text_digest": self._digests()[0]}

    def should_be_read_first(self):
        return asks_for_a_human_first(f"{self.name}\n{self.text}")

    @property
    def decision_seen(self):
        """Names the decision that stands, for a page that offers another one."""
        return f"{self.status} {self.decided_at.isoformat() if self.decided_at else ''}".strip()

    def approve(self, *, by, now, seen=None):
        """Let readers see it. Raises DecisionRefused, always so where a human was asked for.

        Args: seen is the `decision_seen` of the page where this was decided; None is not compared.
        The words are looked at again: the list may have grown since the reply came.
        """
        if self.asks_for_a_human or self.should_be_read_first():
            Reply.objects.filter(pk=self.pk).exclude(status=self.Status.APPROVED).update(
                asks_for_a_human=True
            )
            raise DecisionRefused(
                f"{self} asks for a human first, so it is never shown. A person should read it today."
            )
        if isinstance(self.text, Unreadable) or isinstance(self.name, Unreadable):
            raise DecisionRefused(f"{self} cannot be read: no key opens it.")
        self._decide(self.Status.APPROVED, by, now, seen)

    def refuse(self, *, by, now, seen=None):
        """Do not show it, or no longer. Raises DecisionRefused when someone else was faster. `seen` is as above."""
        self._decide(self.Status.REFUSED, by, now, seen)

    @transaction.atomic
    def _decide(self, status, by, now, seen):
        if seen not in (None, self.decision_seen) and status != self.status:
            raise DecisionRefused(
                f"{self} was decided after your page was opened, so nothing was done. It is now "
                f"“{self.get_status_display().lower()}”. Look, and decide again if it is still right."
            )
        if status == self.status:
            raise DecisionRefused(f"{self} is already “{self.get_status_display().lower()}”.")
        as_i_saw_it = Reply.objects.filter(pk=self.pk, status=self.status)
        if not as_i_saw_it.update(status=status, decided_at=now):
            raise DecisionRefused(f"{self} was just decided by someone else. Look again.")
        self.status, self.decided_at = status, now
        ReplyDecision.objects.create(reply=self, status=status, by=by, at=now)

    def _digests(self):
        return indexing_digests(f"reply:{self.article_id}:{self.text}")

    def _already_here(self):
        return Reply.objects.filter(text_digest__in=self._digests()).first()


class ReplyDecision(models.Model):
    """What someone decided about a reply. Decisions are added and never changed."""

    reply = models.ForeignKey(Reply, models.CASCADE, related_name="decisions")
    status = models.CharField("decision", max_length=10, choices=Reply.Status)
    # Staff who leave are switched off, never deleted.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.get_status_display()}, {self.at:%Y-%m-%d %H:%M}Z"
