"""Sessions of staff end when nobody is there, when the day is over, and when somebody says so."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from clinic.sign_in.models import StaffSession, TypedText, end_sessions
from clinic.sign_in.sessions import IDLE, LONGEST, SIGNED_IN_AT
from tests.sign_in import an_app_of, code_of, sign_in, type_code, type_password

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

NOTE = {"kind": "desk", "seen": "0", "text": "Call after 5, ask for Jo."}


@pytest.fixture
def desk(staff, practice):
    user = staff("Front desk")
    user.set_password("four otters hum in tune")
    user.save()
    return user


def is_in(client):
    return client.get("/admin/").status_code == 200


def nothing_for(minutes, seconds=0):
    """So long nobody did anything in any session."""
    StaffSession.objects.update(
        seen_at=timezone.now() - timedelta(minutes=minutes, seconds=seconds)
    )


def keep(window, address):
    """As the page does shortly before the end."""
    forms = [[address, [["text", "a long note"]]]]
    return window.post("/staff/typed/keep/", {"forms": json.dumps(forms)})


def test_after_fifteen_idle_minutes_a_session_ends(desk, signed_in):
    window = signed_in(desk)
    nothing_for(minutes=14, seconds=50)
    assert is_in(window)
    nothing_for(minutes=15)
    answer = window.get("/admin/appointments/consultationrequest/?which=flagged")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/staff/login/?why=ended&next=%2Fadmin%2Fapp")
    assert not StaffSession.objects.filter(user=desk).exists()


def test_what_somebody_does_starts_the_fifteen_minutes_anew(desk, signed_in):
    window = signed_in(desk)
    for _ in range(3):
        nothing_for(minutes=10)
        assert is_in(window)
    assert StaffSession.objects.get(user=desk).seen_at > timezone.now() - timedelta(minutes=1)


def test_what_a_page_asks_by_itself_does_not(desk, signed_in, a_request):
    window, wanted = signed_in(desk), a_request()
    here = f"/admin/appointments/consultationrequest/{wanted.pk}/here/"
    for _ in range(3):
        nothing_for(minutes=10)
        assert window.post(here).status_code == 200
        assert 290 <= window.get("/staff/time-left/").json()["seconds"] <= 300
    nothing_for(minutes=15)
    assert window.post(here).status_code == 302


def test_saying_still_here_does(desk, signed_in):
    window = signed_in(desk)
    nothing_for(minutes=14)
    assert window.post("/staff/still-here/").json()["seconds"] > 890
    assert window.get("/staff/still-here/").status_code == 405


def test_after_ten_hours_a_session_ends_however_busy(desk, signed_in):
    window = signed_in(desk)
    session = window.session
    session[SIGNED_IN_AT] = (timezone.now() - LONGEST).timestamp() + 60
    session.save()
    assert is_in(window)
    session[SIGNED_IN_AT] -= 61
    session.save()
    assert not is_in(window)


def test_a_session_that_does_not_say_when_it_began_has_ended(desk, signed_in):
    window = signed_in(desk)
    session = window.session
    del session[SIGNED_IN_AT]
    session.save()
    assert not is_in(window)


def test_who_is_switched_off_is_out_at_once_and_stays_out(desk, signed_in):
    window = signed_in(desk)
    desk.is_active = False
    desk.save()
    assert not is_in(window)
    desk.is_active = True
    desk.save()
    assert not is_in(window)


def test_who_is_switched_off_past_every_door_is_out_too(desk, signed_in, django_user_model):
    window = signed_in(desk)
    django_user_model.objects.update(is_active=False)
    assert not is_in(window)


def test_who_is_switched_off_on_the_page_of_staff_is_out_when_switched_on_again(
    desk, signed_in, as_manager
):
    window = signed_in(desk)
    typed = {"username": "front-desk", "groups": [group.pk for group in desk.groups.all()]}
    address = f"/admin/clinic/colleague/{desk.pk}/change/"
    for is_active in ({}, {"is_active": "on"}):
        assert as_manager.post(address, typed | is_active).status_code == 302
    desk.refresh_from_db()
    assert desk.is_active and not is_in(window)
    assert not StaffSession.objects.filter(user=desk).exists()


@pytest.mark.parametrize("how", ["removed", "emptied", "deleted", "no staff"])
def test_what_was_typed_with_a_role_is_erased_with_the_role(desk, how):
    role = desk.groups.get()
    TypedText.objects.create(user=desk, address="/admin/", fields="[]", at=timezone.now())
    if how == "removed":
        desk.groups.remove(role)
    elif how == "emptied":
        role.user_set.clear()
    elif how == "deleted":
        role.delete()
    else:
        desk.is_staff = False
        desk.save()
    assert not TypedText.objects.exists()


def test_an_owner_who_is_none_any_more_signs_in_anew(django_user_model, signed_in):
    owner = django_user_model.objects.create_superuser("owner")
    window = signed_in(owner)
    TypedText.objects.create(user=owner, address="/admin/", fields="[]", at=timezone.now())
    owner.is_superuser = False
    owner.save()
    assert not is_in(window) and not TypedText.objects.exists()


def test_one_command_ends_everyones_sessions_or_one_persons(desk, nurse, signed_in, capsys):
    first, second = signed_in(desk), signed_in(nurse)
    call_command("end_all_sessions", "front-desk")
    assert (is_in(first), is_in(second)) == (False, True)
    call_command("end_all_sessions")
    assert not is_in(second)
    assert "Ended 1 session(s)." in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nobody is called"):
        call_command("end_all_sessions", "nobody-by-this-name")


def test_signing_out_ends_the_session_and_clears_what_the_browser_kept(desk, signed_in):
    window = signed_in(desk)
    cookie = window.cookies["sessionid"].value
    assert window.get("/staff/logout/").status_code == 200
    assert is_in(window)
    page = window.post("/admin/logout/")
    assert page["Clear-Site-Data"] == '"cache", "storage"'
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert not is_in(thief)


def test_changing_the_password_ends_all_other_sessions(desk):
    mine = sign_in(desk)
    other = Client()
    type_password(other, "front-desk")
    type_code(other, code_of(an_app_of(desk), later=1))
    assert is_in(other)
    new = "nine slow pears at dusk"
    typed = {"old": "four otters hum in tune", "password": new, "again": new}
    assert mine.post("/staff/password/change/", typed).status_code == 302
    assert (is_in(mine), is_in(other)) == (True, False)
    desk.refresh_from_db()
    assert desk.check_password(new)


def test_a_dump_opens_no_session_and_shows_nothing_of_one(desk, signed_in):
    window = signed_in(desk)
    window.get("/staff/2fa/totp/activate/")
    key, secret = window.cookies["sessionid"].value, window.session["mfa.totp.secret"]
    rows = json.dumps(list(StaffSession.objects.values("session_key", "session_data")))
    assert key not in rows and secret not in rows and "mfa." not in rows
    thief = Client()
    thief.cookies["sessionid"] = StaffSession.objects.get(user=desk).session_key
    assert not is_in(thief)


def test_a_session_that_somebody_wrote_into_the_database_is_nobodys(desk, nurse, signed_in):
    window, other = signed_in(desk), signed_in(nurse)
    StaffSession.objects.filter(user=desk).update(session_data="eyJhIjoxfQ:made-up")
    assert (is_in(window), is_in(other)) == (False, True)


def test_with_another_secret_key_all_sessions_have_ended(desk, signed_in, settings):
    window = signed_in(desk)
    settings.SECRET_KEY = "another secret key of this machine's own"
    assert not is_in(window)


def test_ended_sessions_are_tidied_away(desk, signed_in):
    signed_in(desk)
    StaffSession.objects.update(expire_date=timezone.now())
    call_command("tidy_sign_in")
    assert not StaffSession.objects.exists()


def send_too_late(window, wanted, typed=NOTE):
    nothing_for(minutes=16)
    return window.post(f"/admin/appointments/consultationrequest/{wanted.pk}/note/", typed)


def test_what_was_sent_too_late_comes_back_after_the_sign_in(desk, a_request):
    window, wanted = sign_in(desk), a_request()
    answer = send_too_late(window, wanted)
    assert answer["Location"].startswith("/staff/login/?why=ended")
    assert "is kept for you" in window.get(answer["Location"]).content.decode()
    type_password(window, "front-desk")
    after = type_code(window, code_of(an_app_of(desk), later=1))
    assert after["Location"] == "/staff/typed/"
    page = window.get("/staff/typed/").content.decode()
    assert "Call after 5, ask for Jo." in page
    address = f"/admin/appointments/consultationrequest/{wanted.pk}/note/"
    assert f'action="{address}"' in page
    window.post(address, NOTE)
    assert wanted.notes.get().text == NOTE["text"]
    assert not TypedText.objects.exists()


def test_it_comes_back_to_nobody_else(desk, nurse, signed_in, a_request):
    send_too_late(signed_in(desk), a_request())
    other = signed_in(nurse)
    answer = other.get("/staff/typed/", follow=True)
    assert "ask for Jo" not in answer.content.decode()
    text = TypedText.objects.get()
    other.post("/staff/typed/", {"text": text.pk})
    assert TypedText.objects.get() == text


def test_it_can_be_erased_and_is_erased_after_a_day(desk, signed_in, a_request):
    wanted = a_request()
    send_too_late(signed_in(desk), wanted)
    window = signed_in(desk)
    window.post("/staff/typed/", {"text": TypedText.objects.get().pk})
    assert not TypedText.objects.exists()
    send_too_late(window, wanted)
    TypedText.objects.update(at=timezone.now() - timedelta(days=1))
    call_command("tidy_sign_in")
    assert not TypedText.objects.exists()


def test_a_dump_does_not_show_it_and_no_password_is_kept(desk, signed_in, a_request):
    send_too_late(signed_in(desk), a_request(), NOTE | {"old_password": "secret words of mine"})
    row = TypedText.objects.get()
    assert "secret words" not in row.fields and "ask for Jo" in row.fields
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM clinic_typedtext")
        assert "ask for Jo" not in cursor.fetchone()[0]


def test_only_the_latest_five_are_kept(desk, signed_in, a_request):
    for number in range(7):
        send_too_late(signed_in(desk), a_request(), NOTE | {"text": f"note {number}"})
    kept = [json.loads(text.fields)[-1][1] for text in TypedText.objects.all()]
    assert kept == ["note 6", "note 5", "note 4", "note 3", "note 2"]


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/admin/", "/request/details/", ""]
)
def test_what_the_page_keeps_goes_back_to_the_desk_only(desk, signed_in, address):
    window = signed_in(desk)
    assert keep(window, address).status_code == 204
    assert not TypedText.objects.exists()


@pytest.mark.parametrize("late", [False, True])
def test_what_the_page_keeps_by_itself_is_there_after_the_sign_in(desk, signed_in, late):
    """Late: the machine slept, and woke when the session was over."""
    window = signed_in(desk)
    nothing_for(minutes=30 if late else 14)
    assert keep(window, "/admin/clinic/closure/add/").status_code == (302 if late else 204)
    assert "a long note" in signed_in(desk).get("/staff/typed/").content.decode()


@pytest.mark.parametrize(
    "forms", ["", "{", "[1]", '[["/admin/"]]', '[["/admin/", 5]]', '"text"', "null"]
)
def test_what_is_no_form_of_ours_is_refused(desk, signed_in, forms):
    assert signed_in(desk).post("/staff/typed/keep/", {"forms": forms}).status_code == 400
    assert not TypedText.objects.exists()


def test_without_the_forms_token_nothing_is_kept(desk, signed_in, a_request):
    window = signed_in(desk)
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = window.cookies
    assert send_too_late(checked, a_request()).status_code == 403
    assert not TypedText.objects.exists()


def test_ending_sessions_leaves_the_one_that_goes_on(desk, signed_in):
    mine, other = signed_in(desk), signed_in(desk)
    assert end_sessions(desk, but=mine.session) == 1
    assert (is_in(mine), is_in(other)) == (True, False)


def test_a_page_of_the_desk_costs_one_write_more_at_most(
    desk, signed_in, django_assert_num_queries
):
    window = signed_in(desk)
    window.get("/admin/jsi18n/")
    with django_assert_num_queries(3):  # the content's version, the session, the user
        window.get("/admin/jsi18n/")
    nothing_for(minutes=1)
    with django_assert_num_queries(4):
        window.get("/admin/jsi18n/")
    assert timedelta(minutes=15) == IDLE
