"""Who is signed in, who was invited, who guessed wrong, and what somebody had typed when a session ended."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models, transaction
from django.db.models import Q

from clinic.fields import EncryptedTextField, keyed_digest

INVITED_FOR = timedelta(days=3)  # how long a link works
TYPED_FOR = timedelta(days=1)
MOST_TYPED = 5  # texts kept for one person


class StaffSession(AbstractBaseSession):
    """One browser in which a member of staff is signed in, or is about to. Its key is kept as a fingerprint only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    objects = BaseSessionManager()


def end_sessions(user=None, *, but=None):
    """Sign this member of staff out everywhere, or everyone; returns how many sessions ended.

    Args: but is the store of one session that goes on.
    """
    ended = StaffSession.objects.all()
    if user is not None:
        ended = ended.filter(user=user)
    if but is not None:
        ended = ended.exclude(session_key=but.stored_key(but.session_key))
    return ended.delete()[0]


class InvitedMeanwhile(Exception):
    """Raised when another invitation was made after the page was opened."""


class InvitationQuerySet(models.QuerySet):
    def number_for(self, user):
        """How many were ever made for this member of staff: a page carries it, so that a second press shows."""
        return self.filter(user=user).count()

    def open(self, now):
        return self.filter(accepted_at=None, ends_at__gt=now)

    def of(self, token):
        return self.filter(token_digest=_digest(token))

    def end(self, now):
        """End those that are open."""
        return self.open(now).update(ends_at=now)


class Invitation(models.Model):
    """A link by which one member of staff chooses a password, once; then the second factor is set up."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations", editable=False
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    made_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=models.F("made_at")), name="an_invitation_ends_later"
            )
        ]

    def __str__(self):
        return f"Invitation {self.pk}"

    @classmethod
    @transaction.atomic
    def make(cls, user, *, by, now, seen=None):
        """Take every way in from this member of staff but one: a new link. Returns the token that is in it.

        The password, the second factor, all sessions and all earlier links end. `by` is None for a command. Raises
        InvitedMeanwhile when `seen` is given and is not the `number_for` this member of staff.
        """
        User.objects.select_for_update().get(pk=user.pk)  # of two presses at once the second waits
        if seen not in (None, str(cls.objects.number_for(user))):
            raise InvitedMeanwhile
        token = secrets.token_urlsafe(32)
        cls.objects.filter(user=user).end(now)
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.authenticator_set.all().delete()
        end_sessions(user)
        cls.objects.create(
            user=user,
            token_digest=_digest(token),
            made_by=by,
            made_at=now,
            ends_at=now + INVITED_FOR,
        )
        return token

    @transaction.atomic
    def accept(self, password, *, now):
        """Set the password; False when the link has ended meanwhile, or was used by somebody who was faster."""
        if not Invitation.objects.filter(pk=self.pk).open(now).update(accepted_at=now):
            return False
        self.user.set_password(password)
        self.user.save(update_fields=["password"])
        return True


class RoleProposalQuerySet(models.QuerySet):
    def propose(self, user, roles, *, by, now):
        """From now on exactly these roles wait for this member of staff; those that no longer do are forgotten."""
        self.filter(user=user).exclude(role__in=roles).delete()
        for role in roles:
            self.get_or_create(
                user=user, role=role, defaults={"proposed_by": by, "proposed_at": now}
            )


class RoleProposal(models.Model):
    """A role that a manager gave, and that gives no right until an owner gives it too."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="role_proposals"
    )
    role = models.ForeignKey(Group, models.CASCADE, related_name="+")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    proposed_at = models.DateTimeField()

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="a_role_is_proposed_once")
        ]

    def __str__(self):
        return f"Role proposal {self.pk}"


class WayInNotice(models.Model):
    """A mail to a member of staff that a way to sign in to their account was added or changed. Gone once it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    address = models.EmailField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "address"], name="one_waiting_notice_an_address"
            )
        ]

    def __str__(self):
        return f"Notice {self.pk}"


class WrongGuess(models.Model):
    """A password or code that did not fit, or is just being tried. Neither name nor address is in it."""

    class Of(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 (a word)
        CODE = "code"

    of = models.CharField(max_length=8, choices=Of)
    account = models.CharField(max_length=64)  # fingerprint of the user name as typed
    sender = models.CharField(
        max_length=64
    )  # fingerprint of the network address, or of a known device
    is_known = (
        models.BooleanField()
    )  # whether the sender is a device that this account has used before
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="guesses_at_an_account"),
            models.Index(fields=["sender", "at"], name="guesses_of_a_sender"),
        ]

    def __str__(self):
        return f"Guess {self.pk}"


class TypedText(models.Model):
    """What a member of staff had typed into a form when their session ended; for nobody else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="typed_texts")
    address = models.CharField(max_length=400)  # the path that the form goes to
    fields = EncryptedTextField()  # JSON: pairs of a name and a value
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"Text {self.pk}"


class ColleagueManager(UserManager):
    def get_queryset(self):
        return super().get_queryset().filter(is_staff=True)


class Colleague(User):
    """A member of staff, as a manager sees them."""

    objects = ColleagueManager()

    class Meta:
        proxy = True
        default_permissions = ["view", "add", "change"]
        verbose_name = "member of staff"
        verbose_name_plural = "staff"


def _digest(token):
    return keyed_digest(settings.CLINIC_LINK_KEY, f"invitation:{token}")
