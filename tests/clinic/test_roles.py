"""Who may open what. One table; every row is tried by every role."""

import pytest

pytestmark = pytest.mark.ignore_template_errors

EVERYONE = {"Front desk", "Clinician", "Editor", "Manager"}
REQUESTS = {"Front desk", "Clinician", "Manager"}
OWN_PRACTICE = {"Manager"}
WRITERS = {"Editor"}
MODERATORS = {"Editor", "Manager"}

DOORS = {
    "/admin/": EVERYONE,
    "/admin/password_change/": EVERYONE,
    "/admin/appointments/": REQUESTS,
    "/admin/appointments/consultationrequest/": REQUESTS,
    "/admin/appointments/consultationrequest/{request}/change/": REQUESTS,
    "/admin/appointments/consultationrequest/{request}/history/": REQUESTS,
    "/admin/appointments/consultationrequest/{request}/delete/": set(),
    "/admin/appointments/consultationrequest/add/": set(),
    "/admin/articles/article/": EVERYONE,
    "/admin/articles/article/{article}/change/": EVERYONE,
    "/admin/articles/article/{article}/delete/": set(),
    "/admin/articles/article/{draft}/delete/": WRITERS,
    "/admin/articles/article/{draft}/review/": {"Clinician"},
    "/admin/articles/article/{draft}/versions/": EVERYONE,
    "/admin/articles/article/{draft}/look/": EVERYONE,
    "/admin/articles/article/add/": WRITERS,
    "/admin/articles/reply/": MODERATORS,
    "/admin/articles/reply/add/": set(),
    "/admin/articles/topic/": WRITERS,
    "/admin/articles/picture/": WRITERS,
    "/admin/articles/picture/add/": WRITERS,
    "/admin/articles/picture/choices/": WRITERS,
    "/admin/articles/contributor/add/": WRITERS,
    "/admin/clinic/practice/": OWN_PRACTICE,
    "/admin/clinic/openinghours/add/": OWN_PRACTICE,
    "/admin/clinic/closure/": OWN_PRACTICE,
    "/admin/clinic/crisisline/": OWN_PRACTICE,
    "/admin/auth/user/": set(),
    "/admin/auth/group/": set(),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", [None, *sorted(EVERYONE)])
def test_each_role_opens_its_own_doors_only(role, door, staff, signed_in, a_request, an_article):
    draft = an_article(published=False)
    path = door.format(request=a_request().pk, article=an_article().pk, draft=draft.pk)
    answer = signed_in(staff(role)).get(path).status_code
    if role in DOORS[door] or (role is None and door in ("/admin/", "/admin/password_change/")):
        assert answer == 200
    else:
        assert answer in (403, 404)


@pytest.mark.parametrize("door", DOORS)
def test_a_stranger_is_sent_to_sign_in_whether_or_not_the_thing_exists(client, db, door):
    answer = client.get(door.format(request=1, article=1, draft=1))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


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
