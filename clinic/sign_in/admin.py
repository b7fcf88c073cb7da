"""Staff in the admin: who there is, with which role, and how they are invited. No password is ever typed here."""

import copy

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import Group, User
from django.contrib.auth.forms import UsernameField
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.edit_conflicts import EditConflictAdmin, EditConflictForm
from clinic.email_address import EmailAddressField
from clinic.sign_in import account_notices, break_glass, user_names
from clinic.sign_in.events import What, happened
from clinic.sign_in.models import (
    INVITED_FOR,
    Colleague,
    Invitation,
    InvitedMeanwhile,
    RoleProposal,
)
from clinic.sign_in.roles import (
    WORKS_AT_THE_DESK,
    may_invite,
    may_manage,
    roles_given_by,
    roles_that_wait,
)
from clinic.sign_in.signals import switching_off
from clinic.sign_in.standing import FACTORS

BACKEND = "django.contrib.auth.backends.ModelBackend"
WAITS = "The role {} waits until the owner gives it too, on this colleague’s page."
PROPOSED_BY_YOU = (
    "The role {} was not given: you proposed it yourself, so another owner gives it. "
    "Where there is none, a manager takes the proposal back first."
)
LINK_ENDED = (
    "The open invitation link of this colleague has ended, because what they may do has changed. "
    "Make a new one here and give it to them yourself."
)
LINK_OF_THE_OWNER = (
    "Their role is one that the owner confirms, so the owner makes the link. Ask the owner."
)
INVITED_MEANWHILE = (
    "A link for them was made after this page was opened, maybe by a second press. It still works, and is "
    "shown nowhere again. If nobody has it, make another one: then the earlier one ends."
)
# What Django and allauth put into the admin. Passwords, rights, roles and factors are edited there by nobody: whoever
# can, can make themselves the owner.
admin.site.unregister([User, Group, Authenticator, EmailAddress])


class ColleagueForm(EditConflictForm):
    shows_proposals = True  # as roles that are given; not to who confirms them

    email = EmailAddressField(required=False)
    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="Roles",
    )
    successor = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        label="Who takes over their open requests",
        empty_label="Nobody yet: they are released",
        help_text="Counts only when you take “May sign in” away.",
    )

    class Meta:
        model = Colleague
        fields = ["username", "first_name", "last_name", "email", "groups", "is_active"]
        field_classes = {"username": UsernameField}
        labels = {"is_active": "May sign in"}
        help_texts = {
            "is_active": "Take this away when somebody leaves: they are signed out everywhere at once.",
            "username": "What they type to sign in.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "successor" in self.fields:
            desk = User.objects.with_perm(
                WORKS_AT_THE_DESK, include_superusers=False, backend=BACKEND
            )
            others = desk.filter(is_staff=True).exclude(pk=self.instance.pk)
            self.fields["successor"].queryset = others.order_by("last_name", "username")
            self.fields["successor"].label_from_instance = _name_of
        if self.instance.pk and self.shows_proposals:
            proposed = [proposal.role for proposal in self.instance.role_proposals.all()]
            self.initial["groups"] = [*self.initial.get("groups", []), *proposed]

    def clean_username(self):
        username = self.cleaned_data["username"]
        user_names.validate(username, pk=self.instance.pk)
        return username


def _name_of(user):
    return user.get_full_name() or user.get_username()


@admin.register(Colleague)
class ColleagueAdmin(EditConflictAdmin):
    form = ColleagueForm
    list_display = ["username", "name", "roles", "has_second_factor", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username"]
    show_facets = admin.ShowFacets.NEVER
    ordering = ["username"]
    change_form_template = "admin/clinic/colleague/change_form.html"

    def get_queryset(self, request):
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
        found = super().get_queryset(request).annotate(enrolled=Exists(factors))
        return found.prefetch_related("groups", "role_proposals__role")

    @admin.display(description="Name")
    def name(self, colleague):
        return colleague.get_full_name()

    @admin.display(description="Roles")
    def roles(self, colleague):
        if colleague.is_superuser:
            return "Owner"
        waiting = [
            f"{proposal.role.name} (waits for the owner)"
            for proposal in colleague.role_proposals.all()
        ]
        return ", ".join(sorted([*(group.name for group in colleague.groups.all()), *waiting]))

    @admin.display(description="Second factor", boolean=True)
    def has_second_factor(self, colleague):
        return colleague.enrolled

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_manage(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False  # the history keeps their name

    def get_form(self, request, obj=None, change=False, **kwargs):
        """A form of this request alone: its roles are those that this member of staff may give.

        The fields of ColleagueForm itself are shared by all requests of a process.
        """
        groups = copy.deepcopy(ColleagueForm.base_fields["groups"])
        groups.queryset = roles_given_by(request.user)
        own = {"groups": groups, "shows_proposals": not request.user.is_superuser}
        kwargs["form"] = type("ColleagueForm", (ColleagueForm,), own)
        return super().get_form(request, obj, change=change, **kwargs)

    def save_related(self, request, form, formsets, change):
        """A role that an owner has to confirm is not given yet. Another owner gives it on this same page."""
        colleague, wanted = form.instance, set(form.cleaned_data["groups"])
        held = set(Group.objects.filter(user=colleague))
        waiting = roles_that_wait(request.user, colleague, wanted - held)
        form.cleaned_data["groups"] = list(wanted - waiting)
        links = Invitation.objects.filter(user=colleague)
        had_a_link = links.open(timezone.now()).exists()
        super().save_related(request, form, formsets, change)
        if had_a_link and not links.open(timezone.now()).exists():
            self.message_user(request, LINK_ENDED, messages.WARNING)
        if request.user.is_superuser:
            given = wanted - waiting
            RoleProposal.objects.filter(user=colleague, role__in=given).delete()
        else:
            RoleProposal.objects.propose(colleague, waiting, by=request.user, now=timezone.now())
        if waiting:
            names = ", ".join(sorted(role.name for role in waiting))
            words = PROPOSED_BY_YOU if request.user.is_superuser else WAITS
            self.message_user(request, words.format(names), messages.WARNING)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
        leaves = change and "is_active" in form.changed_data and not obj.is_active
        if leaves:
            self._hand_over(request, obj, form.cleaned_data.get("successor"))
        super().save_model(request, obj, form, change)
        before = form.initial.get("email")
        if change and before and "email" in form.changed_data:
            account_notices.plan(obj, timezone.now(), to=before)
        if leaves:
            happened(What.DEACTIVATED, user=obj, by=request.user, request=request)

    def _hand_over(self, request, colleague, successor):
        """In the transaction that switches them off: all or nothing."""
        told = switching_off.send(
            sender=Colleague, colleague=colleague, successor=successor, by=request.user
        )
        for _receiver, words in told:
            if words:
                self.message_user(request, words)

    def get_fields(self, request, obj=None):
        """There is nothing to take over from a new or a switched-off colleague."""
        fields = super().get_fields(request, obj)
        is_at_work = obj is not None and obj.is_active
        return fields if is_at_work else [name for name in fields if name != "successor"]

    def get_urls(self):
        door = self.admin_site.admin_view(require_POST(self.invite))
        return [
            path("<int:pk>/invite/", door, name="clinic_colleague_invite"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, obj=None, **kwargs):
        is_at_work = bool(obj and obj.is_active and self.has_change_permission(request, obj))
        context["may_invite"] = is_at_work and may_invite(request.user, obj)
        context["owner_invites"] = is_at_work and not context["may_invite"]
        context["days"] = INVITED_FOR.days
        context["invitations"] = Invitation.objects.number_for(obj) if obj else 0
        return super().render_change_form(request, context, add, change, obj=obj, **kwargs)

    def invite(self, request, pk):
        """The link, shown once. It ends the password, the second factor and all sessions of before."""
        colleague = get_object_or_404(self.get_queryset(request), pk=pk, is_active=True)
        if not self.has_change_permission(request, colleague):
            raise PermissionDenied
        if not may_invite(request.user, colleague):
            self.message_user(request, LINK_OF_THE_OWNER, messages.ERROR)
            return redirect("admin:clinic_colleague_change", colleague.pk)
        now, seen = timezone.now(), request.POST.get("seen")
        try:
            token = Invitation.make(colleague, by=request.user, now=now, seen=seen)
        except InvitedMeanwhile:
            self.message_user(request, INVITED_MEANWHILE, messages.WARNING)
            return redirect("admin:clinic_colleague_change", colleague.pk)
        happened(What.INVITED, user=colleague, by=request.user, request=request)
        link = settings.CLINIC_SITE_URL + reverse("staff_invitation", args=[token])
        facts = {"link": link, "colleague": colleague, "ends_at": now + INVITED_FOR}
        return TemplateResponse(
            request,
            "admin/clinic/colleague/invited.html",
            {
                **self.admin_site.each_context(request),
                "title": "Invitation",
                "opts": self.opts,
                **facts,
            },
        )


def not_set_up(request, now):
    """Colleagues who may sign in and have no second factor: a password alone guards them, or nothing yet."""
    if not request.user.has_perm("clinic.change_colleague"):
        return []
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    missing = Colleague.objects.filter(is_active=True).exclude(Exists(factors)).count()
    address = reverse("admin:clinic_colleague_changelist")
    return [(f"{missing} of the staff without a second factor.", address)] if missing else []


def broken_glass(request, now):
    """Stays until the account is sealed again."""
    if not request.user.has_perm("clinic.change_colleague"):
        return []
    used_at = break_glass.last_used()
    if used_at is None:
        return []
    words = f"{timezone.localtime(used_at):%B %-d, %H:%M}"
    address = reverse("admin:clinic_colleague_changelist")
    return [
        (f"The break-glass account was used on {words}. Find out why, then seal it again.", address)
    ]


def roles_to_confirm(request, now):
    """Roles that a manager gave; for the owner, who alone can give them."""
    if not request.user.is_superuser:
        return []
    waiting = RoleProposal.objects.select_related("user", "role").order_by("proposed_at", "pk")
    return [
        (
            f"The role {proposal.role.name} waits for another owner, because you proposed it."
            if proposal.proposed_by_id == request.user.pk
            else f"The role {proposal.role.name} waits for you. Ask whether it is right, then give it here.",
            reverse("admin:clinic_colleague_change", args=[proposal.user_id]),
        )
        for proposal in waiting
    ]


admin.site.attention += [broken_glass, roles_to_confirm, not_set_up]
