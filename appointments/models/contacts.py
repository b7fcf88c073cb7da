"""Each time someone tried to reach a person: how, what came of it, and when to try again."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from appointments import windows


class ContactTry(models.Model):
    """One try to reach the person. `correct_try` of its request puts a wrong one right."""

    class Channel(models.TextChoices):
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        EMAIL = "email", "Email"

    class Outcome(models.TextChoices):
        TALKED = "talked", "We talked"
        NO_ANSWER = "no_answer", "No answer"
        VOICEMAIL = "voicemail", "Left a voicemail"
        WITH_OTHER = "with_other", "Left word with someone else"
        WRONG = "wrong", "Wrong number or address"
        SENT = "sent", "Sent, no reply yet"
        REPLIED = "replied", "They replied"

    request = models.ForeignKey(
        "appointments.ConsultationRequest", models.CASCADE, related_name="tries"
    )
    channel = models.CharField(max_length=5, choices=Channel)
    outcome = models.CharField(max_length=10, choices=Outcome)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name_plural = "tries to reach them"

    def __str__(self):
        return f"{self.channel} {self.outcome} at {self.at:%Y-%m-%d %H:%M}Z"

    @property
    def words_for_staff(self):
        return f"{self.get_channel_display()}: {self.get_outcome_display().lower()}"


Outcome, Channel = ContactTry.Outcome, ContactTry.Channel
REACHED = {Outcome.TALKED, Outcome.REPLIED}
WRITTEN = [Outcome.SENT, Outcome.REPLIED, Outcome.WRONG]
POSSIBLE = {
    Channel.PHONE: [
        Outcome.TALKED,
        Outcome.NO_ANSWER,
        Outcome.VOICEMAIL,
        Outcome.WITH_OTHER,
        Outcome.WRONG,
    ],
    Channel.TEXT: WRITTEN,
    Channel.EMAIL: WRITTEN,
}
# How long to leave a person in peace before the next try.
PAUSE = {Outcome.NO_ANSWER: timedelta(hours=3)}
LONG_PAUSE = timedelta(hours=24)
FEWEST_TRIES, FEWEST_DAYS, FEWEST_PARTS = 3, 2, 2


def against_the_rules(request, channel, outcome):
    """What forbids this try of a request's person, in words for staff; "" when nothing does."""
    if channel not in request.permitted_channels:
        return f"They did not agree to be reached by {ContactTry.Channel(channel).label.lower()}."
    if outcome not in POSSIBLE[Channel(channel)]:
        return "That cannot come of trying this way. Choose another outcome."
    if outcome == Outcome.VOICEMAIL and not request.may_leave_voicemail:
        return "They asked us to leave no voicemail, so this cannot be the outcome. If one was left, tell the manager."
    if outcome == Outcome.WITH_OTHER and not request.may_say_who_calls:
        return "They asked us not to say who is calling, so no word may be left with anyone else."
    return ""


def too_early_to_give_up(tries, permitted, preferred, zone):
    """What is still missing before a person "could not be reached", in words; "" when nothing is.

    Args: tries are ContactTries; permitted and preferred are channels; zone is the clinic's, whose days and parts of
    the day count.
    """
    missing = []
    if len(tries) < FEWEST_TRIES:
        missing.append(f"{FEWEST_TRIES} tries (there are {len(tries)})")
    if len({one.at.astimezone(zone).date() for one in tries}) < FEWEST_DAYS:
        missing.append("tries on two days")
    if len({windows.part_of_day(one.at, zone) for one in tries}) < FEWEST_PARTS:
        missing.append("tries in two parts of the day")
    others = set(permitted) - {preferred}
    if others and not others & {one.channel for one in tries}:
        labels = " or ".join(sorted(Channel(other).label.lower() for other in others))
        missing.append(f"one try by {labels}")
    return "; ".join(missing)
