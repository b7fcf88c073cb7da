"""Who may change whose account, and give which roles: only what is below them, and never to themselves."""

from django.contrib.auth.models import Group

from clinic.sign_in.models import Invitation, RoleProposal

GIVEN_BY_MANAGERS = ("Front desk", "Clinician", "Editor")
# What an owner confirms: a manager with a second account could sign articles as a clinician.
CONFIRMED_BY_OWNERS = ("Clinician",)
MANAGES_STAFF = "clinic.change_colleague"
WORKS_AT_THE_DESK = "appointments.move_consultationrequest"


def may_manage(actor, user):
    """Whether the actor may change and invite this member of staff, by the rights that the actor has now.

    The owner may change everyone but other owners; a manager, those who have only roles that managers give.
    """
    if user.is_superuser or user.pk == actor.pk:
        return False
    if not (actor.is_staff and actor.has_perm(MANAGES_STAFF)):  # no right without is_active
        return False
    if actor.is_superuser:
        return True
    roles = {group.name for group in user.groups.all()}
    return roles <= set(GIVEN_BY_MANAGERS) and not user.user_permissions.exists()


def may_invite(actor, user):
    """Whether the actor may make an invitation link for this member of staff.

    Whoever holds the link can sign in as them. What an owner alone can confirm, an owner alone can hand out.
    """
    if not may_manage(actor, user):
        return False
    confirmed = {group.name for group in user.groups.all()} & set(CONFIRMED_BY_OWNERS)
    return actor.is_superuser or not confirmed


def roles_given_by(actor):
    """The roles that this member of staff may give to others."""
    roles = Group.objects.order_by("name")
    return roles if actor.is_superuser else roles.filter(name__in=GIVEN_BY_MANAGERS)


def roles_that_wait(actor, user, roles):
    """Those of these roles that give this member of staff no right before an owner confirms them.

    Who proposed a role does not confirm it, not even as an owner, which they may have become since.
    """
    if not actor.is_superuser:
        return {role for role in roles if role.name in CONFIRMED_BY_OWNERS}
    own = RoleProposal.objects.filter(user=user, proposed_by=actor, role__in=roles)
    return {proposal.role for proposal in own.select_related("role")}


def is_still_right(invitation):
    """Whether its maker could make it now: the maker may have lost the right, its account been given more since."""
    maker = invitation.made_by
    return maker is None or may_invite(maker, invitation.user)


def end_what_is_not_right(now):
    """End, for good, each open link and each proposed role whose maker could not make it now."""
    made_by_staff = Invitation.objects.open(now).exclude(made_by=None)
    for invitation in made_by_staff.select_related("made_by", "user"):
        if not is_still_right(invitation):
            Invitation.objects.filter(pk=invitation.pk).end(now)
    for proposal in RoleProposal.objects.select_related("proposed_by", "user"):
        if not may_manage(proposal.proposed_by, proposal.user):
            proposal.delete()
