"""What follows from Django's own signals about accounts."""

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.utils import timezone

from clinic.sign_in import break_glass
from clinic.sign_in.events import What, happened
from clinic.sign_in.models import end_sessions


def connect():
    user_logged_in.connect(_signed_in, dispatch_uid="clinic.sign_in.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="clinic.sign_in.signed_out")
    post_save.connect(_saved, sender=get_user_model(), dispatch_uid="clinic.sign_in.saved")


def _signed_in(sender, request, user, **signal):
    request.session.begin(timezone.now())
    happened(What.SIGNED_IN, user=user, by=user, request=request)
    if break_glass.is_it(user):
        happened(What.BREAK_GLASS, user=user, by=user, request=request)


def _signed_out(sender, request, user, **signal):
    if user:
        happened(What.SIGNED_OUT, user=user, by=user, request=request)


def _saved(sender, instance, **signal):
    """Whoever is switched off, by whatever door, is signed out everywhere and stays so when switched on again."""
    if not instance.is_active:
        end_sessions(instance)
