"""What a role does not even hear of. Who may open what is the table in tests/clinic/doors/."""

import pytest

pytestmark = pytest.mark.ignore_template_errors


def test_an_editor_cannot_see_that_requests_exist(staff, signed_in, a_request):
    a_request()
    page = signed_in(staff("Editor")).get("/admin/").content.decode().lower()
    assert "consultation" not in page and "appointments" not in page
    assert "articles" in page


@pytest.mark.parametrize("role", [None, "Editor"])
def test_a_move_needs_the_right_to_move(role, staff, signed_in, a_request):
    wanted = a_request()
    address = f"/admin/appointments/consultationrequest/{wanted.pk}/move/"
    answer = signed_in(staff(role)).post(address, {"to": "reaching", "seen": "received"})
    assert answer.status_code == 403
    assert wanted.changes.count() == 1


def test_a_patient_account_would_open_nothing(django_user_model, signed_in, db):
    user = django_user_model.objects.create_user("someone", password="a long enough password")
    assert signed_in(user).get("/admin/").status_code == 302
