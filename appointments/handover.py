"""What becomes of a colleague's open requests when the account is switched off, by whatever path."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_save
from django.utils import timezone

from appointments.models import ConsultationRequest


def connect(switching_off):
    """Args: switching_off is the signal that the admin of staff sends with the successor who was chosen."""
    user = get_user_model()
    switching_off.connect(_hand_over_as_chosen, dispatch_uid="appointments.handover.chosen")
    for model in (user, *user.__subclasses__()):  # a proxy sends signals of its own
        post_save.connect(_release, sender=model, dispatch_uid=f"appointments.handover {model}")


@transaction.atomic
def hand_over(colleague, successor, *, by, now):
    """Give each open request of a colleague to the successor, or to nobody (None). Returns how many there were.

    Each has its line of history. `by` is None where no member of staff did it.
    """
    requests = list(ConsultationRequest.objects.owned_by(colleague).order_by("pk"))
    for consultation_request in requests:
        consultation_request.assign(successor, by=by, now=now)
    return len(requests)


def _hand_over_as_chosen(sender, colleague, successor, by, **signal):
    many = hand_over(colleague, successor, by=by, now=timezone.now())
    if not many:
        return ""
    to = "released"
    if successor:
        to = f"given to {successor.get_full_name() or successor.get_username()}"
    return f"{many} open request(s) of {colleague} were {to}."


def _release(sender, instance, created=False, raw=False, update_fields=None, **signal):
    """Whoever may not sign in works on nothing: what the form did not hand over is released."""
    touches = update_fields is None or {"is_active", "is_staff"} & set(update_fields)
    if raw or created or not touches or (instance.is_active and instance.is_staff):
        return
    hand_over(instance, None, by=None, now=timezone.now())
