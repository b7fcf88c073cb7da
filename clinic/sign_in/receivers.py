"""What follows from Django's own signals about accounts, whatever door a change came in by."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from clinic.sign_in import break_glass, user_names
from clinic.sign_in.events import What, happened
from clinic.sign_in.models import TypedText, end_sessions
from clinic.sign_in.roles import end_what_is_not_right

RIGHTS = {
    "is_active",
    "is_staff",
    "is_superuser",
}  # the fields of an account that give or take rights


def connect():
    user = get_user_model()
    user_logged_in.connect(_signed_in, dispatch_uid="clinic.sign_in.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="clinic.sign_in.signed_out")
    for model in (user, *user.__subclasses__()):  # a proxy sends signals of its own
        pre_save.connect(_about_to_be_saved, sender=model, dispatch_uid=f"before {model}")
        post_save.connect(_saved, sender=model, dispatch_uid=f"after {model}")
    for roles in (user.groups.through, user.user_permissions.through):
        m2m_changed.connect(_role_about_to_be_taken, sender=roles, dispatch_uid=f"take {roles}")
        m2m_changed.connect(_rights_given_or_taken, sender=roles, dispatch_uid=f"of {roles}")
    of_roles = Group.permissions.through
    m2m_changed.connect(_rights_given_or_taken, sender=of_roles, dispatch_uid=f"of {of_roles}")
    pre_delete.connect(_role_about_to_be_deleted, sender=Group, dispatch_uid="before a role goes")
    post_delete.connect(_rights_changed, sender=Group, dispatch_uid="after a role went")


def _signed_in(sender, request, user, **signal):
    request.session.begin(timezone.now())
    happened(What.SIGNED_IN, user=user, by=user, request=request)
    if break_glass.is_it(user):
        happened(What.BREAK_GLASS, user=user, by=user, request=request)


def _signed_out(sender, request, user, **signal):
    if user:
        happened(What.SIGNED_OUT, user=user, by=user, request=request)


def _about_to_be_saved(sender, instance, raw=False, update_fields=None, **signal):
    """Refuse a name that reads as another's. Who is the owner no longer signs in anew, and what they typed is erased.

    Raises ValidationError.
    """
    if raw:
        return
    if update_fields is None or "username" in update_fields:
        user_names.validate(instance.username, pk=instance.pk, is_superuser=instance.is_superuser)
    if instance.pk is None or instance.is_superuser or not _touches_rights(update_fields):
        return
    if get_user_model().objects.filter(pk=instance.pk, is_superuser=True).exists():
        TypedText.objects.filter(user=instance).delete()
        end_sessions(instance)


def _saved(sender, instance, raw=False, update_fields=None, **signal):
    """Who is switched off is signed out everywhere and stays so when switched on again, as do the links they made."""
    if raw or not _touches_rights(update_fields):
        return
    if not (instance.is_active and instance.is_staff):
        TypedText.objects.filter(user=instance).delete()
        end_sessions(instance)
    _rights_changed()


def _rights_given_or_taken(sender, instance, action, **signal):
    if action in ("post_add", "post_remove", "post_clear"):
        _rights_changed()


def _role_about_to_be_taken(sender, instance, action, reverse, pk_set, **signal):
    """A form that was typed with a role may hold what the person may no longer see."""
    if action not in ("pre_remove", "pre_clear"):
        return
    people = [instance]
    if reverse:  # from the side of the role: these people, or all who have it
        people = instance.user_set.all() if pk_set is None else pk_set
    TypedText.objects.filter(user__in=people).delete()


def _role_about_to_be_deleted(sender, instance, **signal):
    TypedText.objects.filter(user__in=instance.user_set.all()).delete()


def _rights_changed(**signal):
    end_what_is_not_right(timezone.now())


def _touches_rights(update_fields):
    return update_fields is None or not RIGHTS.isdisjoint(update_fields)
