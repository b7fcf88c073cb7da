"""What a form is given for one member of staff never shows in another one's."""

from contextlib import suppress

import pytest
from django.contrib import admin
from django.core.exceptions import FieldError

from clinic.models import Colleague
from clinic.sign_in.admin import ColleagueForm

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def of_fields(form_class):
    """What the fields hold that a request might change."""
    return {
        name: (
            id(field),
            id(getattr(field, "_queryset", None)),
            str(field.initial),
            field.required,
            field.disabled,
            field.label,
            str(getattr(field, "limit_choices_to", "")),
            dict(field.widget.attrs),
        )
        for name, field in form_class.base_fields.items()
    }


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label_lower)
def test_no_admin_changes_the_fields_that_all_requests_share(model, rf, manager, admin_user):
    desk = admin.site._registry[model]
    own = getattr(desk.form, "declared_fields", {})
    before = {name: vars(field).copy() for name, field in own.items()}
    for user in (manager, admin_user, manager):
        request = rf.get("/")
        request.user = user
        for change in (False, True):
            with suppress(FieldError):  # of a model that is only read, or not yet there
                desk.get_form(request, change=change)
    assert {name: vars(field) for name, field in own.items()} == before


def test_two_members_of_staff_have_each_their_own_roles_to_give(rf, manager, admin_user):
    desk, before = admin.site._registry[Colleague], of_fields(ColleagueForm)
    forms = []
    for user in (admin_user, manager):
        request = rf.get("/")
        request.user = user
        forms.append(desk.get_form(request))
    of_owner, of_manager = (set(form.base_fields["groups"].queryset) for form in forms)
    assert of_manager < of_owner
    assert of_fields(ColleagueForm) == before
