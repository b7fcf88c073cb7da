"""Who may change whose account, and give which roles: only what is below them, and never to themselves."""

from django.contrib.auth.models import Group

GIVEN_BY_MANAGERS = ("Front desk", "Clinician", "Editor")


def may_manage(actor, user):
    """The owner may change everyone but other owners; a manager, those who have only roles that managers give."""
    if user.is_superuser or user.pk == actor.pk:
        return False
    if actor.is_superuser:
        return True
    roles = {group.name for group in user.groups.all()}
    return roles <= set(GIVEN_BY_MANAGERS) and not user.user_permissions.exists()


def roles_given_by(actor):
    """The roles that this member of staff may give to others."""
    roles = Group.objects.order_by("name")
    return roles if actor.is_superuser else roles.filter(name__in=GIVEN_BY_MANAGERS)


def is_still_right(invitation):
    """Whether who made it could make it now: its account may have more rights since, and its maker have left."""
    maker = invitation.made_by
    return maker is None or (maker.is_active and may_manage(maker, invitation.user))
