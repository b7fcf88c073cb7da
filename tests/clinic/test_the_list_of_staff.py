"""What managers see of their colleagues, and what they cannot ask."""

import pytest
from django.contrib.auth.models import Group

from tests.sign_in import an_app_of

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

STAFF = "/admin/clinic/colleague/"


@pytest.mark.parametrize(
    "lookup",
    ["password__startswith=m", "email__contains=a", "invitations__token_digest__startswith=a"],
)
def test_the_list_of_staff_answers_no_question_about_secrets(as_manager, nurse, lookup):
    assert as_manager.get(f"{STAFF}?{lookup}").status_code == 400
    assert as_manager.get(f"{STAFF}?is_active__exact=1").status_code == 200


def test_the_list_of_staff_costs_the_same_however_many_there_are(
    as_manager, django_user_model, django_assert_max_num_queries
):
    def count():
        with django_assert_max_num_queries(20) as asked:
            as_manager.get(STAFF)
        return len(asked)

    count()  # the facts of the practice are read once
    before = count()
    for number in range(20):
        user = django_user_model.objects.create_user(f"user-{number}", is_staff=True)
        user.groups.add(Group.objects.get(name="Editor"))
    assert count() == before


def test_managers_are_told_who_has_no_second_factor(as_manager, manager, nurse):
    assert "1 of the staff without a second factor" in as_manager.get("/admin/").content.decode()
    an_app_of(nurse)
    assert "without a second factor" not in as_manager.get("/admin/").content.decode()


def test_an_address_of_staff_is_cleaned_and_checked(as_manager, nurse):
    page = f"{STAFF}{nurse.pk}/change/"
    typed = {
        "username": nurse.username,
        "is_active": "on",
        "groups": [g.pk for g in nurse.groups.all()],
    }
    assert as_manager.post(page, typed | {"email": "a@[127.0.0.1]"}).status_code == 200
    assert as_manager.post(page, typed | {"email": "Nia <nia@CLINIC.example>,"}).status_code == 302
    nurse.refresh_from_db()
    assert nurse.email == "nia@clinic.example"
