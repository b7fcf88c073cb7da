"""A page that no longer shows what is stored: its buttons do nothing, say how it stands, and lose no typed word."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from appointments.models import Consultation, ConsultationRequest, MoveRefused, Note
from tests.appointments.consultations import arranged, in_days, offered

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"
FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
VERSION = re.compile(r'name="version" value="(\d+)"')


def page_of(browser, wanted):
    return browser.get(f"{QUEUE}{wanted.pk}/change/").content.decode()


def seen_by(browser, wanted):
    """The version in all forms of the page that change the request."""
    (version,) = set(VERSION.findall(page_of(browser, wanted)))
    return {"version": version}


def press(browser, wanted, verb, **typed):
    return browser.post(f"{QUEUE}{wanted.pk}/{verb}/", typed, follow=True)


def typed_time(start):
    return timezone.localtime(start).strftime("%Y-%m-%dT%H:%M")


def meeting(start, nurse):
    return {
        "starts_at": typed_time(start),
        "minutes": 30,
        "clinician": nurse.pk,
        "how": "phone",
        "all_the_same": "1",
    }


def held(wanted, nurse):
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    wanted.hold("legal", by=nurse, now=timezone.now())


def flagged(wanted, nurse):
    ConsultationRequest.objects.filter(pk=wanted.pk).update(flagged_at=timezone.now())


STATES = {"received": lambda *_: None, "flagged": flagged, "held": held}
STATES |= {"offered": offered, "arranged": arranged}


@pytest.mark.parametrize("state", STATES)
def test_every_form_of_the_page_that_changes_the_request_carries_what_was_seen(
    a_request, nurse, as_manager, state
):
    wanted = a_request()
    if state != "held":
        wanted.take_in(a_request(), by=nurse, now=timezone.now())
    STATES[state](wanted, nurse)
    a_request()
    forms = FORM.findall(page_of(as_manager, wanted))
    changing = [form for form in forms if re.search(rf"{QUEUE}{wanted.pk}/(?!print|note)", form)]
    assert changing
    assert [form for form in changing if not VERSION.search(form)] == []


STALE = {
    "move": {"to": "reaching", "seen": "arranged"},
    "link": {},
    "take": {},
    "assign": {"to": ""},
    "try": {"channel": "phone", "outcome": "no_answer"},
    "another-time": {"minutes": 45, "how": "video", "starts_at": "2031-05-06T10:30"},
    "offer": {"first": "2031-05-06T10:30", "minutes": 45, "how": "video"},
    "arrange": {"minutes": 45, "how": "video", "starts_at": "2031-05-06T10:30"},
    "cancel": {},
    "hold": {"reason": "legal", "note": "The letter of May 6."},
    "release": {},
    "join": {},
    "apart": {"other": "1"},
}


def everything_of(wanted):
    stored = ConsultationRequest.objects.filter(pk=wanted.pk).values().get()
    lines = list(wanted.changes.values_list("pk", flat=True))
    return stored, lines, list(wanted.tries.values()), list(wanted.consultations.values())


@pytest.mark.parametrize("verb", STALE)
def test_what_a_colleague_just_moved_is_not_moved_cancelled_or_touched_from_an_older_page(
    a_request, nurse, as_manager, verb
):
    wanted, other = a_request(), a_request()
    arranged(wanted, nurse, in_days(5))
    seen = seen_by(as_manager, wanted)
    moved_to = in_days(6)
    wanted.move_consultation(moved_to, (nurse, 30, "phone"), by=nurse, now=timezone.now())
    before = everything_of(wanted)
    typed = {**STALE[verb], **({"other": other.pk} if verb == "join" else {})}
    if "minutes" in typed:
        typed["clinician"] = nurse.pk
    answer = press(as_manager, wanted, verb, **seen, **typed)
    assert answer.status_code == 409
    text = answer.content.decode()
    local = timezone.localtime(moved_to)
    assert "was changed after your page was opened" in text
    assert f"{local:%A, %B} {local.day}" in text  # how it stands now
    assert "The consultation was moved" in text
    assert everything_of(wanted) == before
    for word in ("2031-05-06T10:30", "The letter of May 6."):
        assert (word in text) == (word in typed.values())


def test_the_refusal_page_itself_can_be_sent_again(a_request, nurse, at_the_desk):
    wanted = a_request()
    seen = seen_by(at_the_desk, wanted)
    wanted.assign(nurse, by=nurse, now=timezone.now())
    refused = press(at_the_desk, wanted, "arrange", **seen, **meeting(in_days(4), nurse))
    fresh = {"version": VERSION.search(refused.content.decode())[1]}
    press(at_the_desk, wanted, "arrange", **fresh, **meeting(in_days(4), nurse))
    assert wanted.consultations.get().state == "agreed"


def test_what_was_typed_stays_even_where_its_form_is_gone(a_request, nurse, at_the_desk):
    wanted = a_request()
    seen = seen_by(at_the_desk, wanted)
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    text = press(at_the_desk, wanted, "try", **seen, channel="phone", outcome="no_answer")
    assert "It is now “closed” (cost)" in text.content.decode()
    assert "No answer" in text.content.decode()


def test_a_note_about_a_flag_that_someone_else_took_away_is_not_lost(a_request, nurse, signed_in):
    wanted = a_request()
    ConsultationRequest.objects.update(flagged_at=timezone.now())
    browser = signed_in(nurse)
    seen = seen_by(browser, wanted)
    ConsultationRequest.objects.get().clear_flag(by=nurse, note="Called.", now=timezone.now())
    answer = press(browser, wanted, "clear", **seen, note="They are with family.")
    assert answer.status_code == 409
    assert "They are with family." in answer.content.decode()
    answer = press(browser, wanted, "clear", note="They are with family.")
    assert answer.status_code == 422
    assert "They are with family." in answer.content.decode()


def test_a_double_click_does_it_once_and_says_so(a_request, nurse, at_the_desk):
    wanted = a_request()
    seen = seen_by(at_the_desk, wanted)
    outcome = {"channel": "phone", "outcome": "no_answer"}
    press(at_the_desk, wanted, "try", **seen, **outcome)
    text = press(at_the_desk, wanted, "try", **seen, **outcome).content.decode()
    assert wanted.tries.count() == 1
    assert "a moment ago" in text and "did nothing more" in text


@pytest.mark.parametrize(
    ("verb", "typed"),
    [("link", {}), ("take", {}), ("assign", {"to": ""}), ("offer", None), ("arrange", None)],
)
def test_no_button_does_it_twice_when_pressed_twice(a_request, nurse, at_the_desk, verb, typed):
    wanted = a_request()
    if verb == "offer":
        typed = {"first": typed_time(in_days(3)), **meeting(in_days(3), nurse)}
    if verb == "arrange":
        typed = meeting(in_days(3), nurse)
    seen = seen_by(at_the_desk, wanted)
    press(at_the_desk, wanted, verb, **seen, **typed)
    once = everything_of(wanted)
    press(at_the_desk, wanted, verb, **seen, **typed)
    assert everything_of(wanted) == once


def test_a_note_sent_twice_is_one_version(a_request, at_the_desk):
    wanted = a_request()
    for _ in range(2):
        answer = press(at_the_desk, wanted, "note", kind="desk", seen=0, text="Call after 5.")
        assert answer.status_code == 200
    assert Note.objects.count() == 1


@pytest.mark.parametrize("seen", ["1", "7", "99999999999999999999"])
def test_a_note_that_says_it_saw_one_where_there_is_none_is_told_so(a_request, at_the_desk, seen):
    wanted = a_request()
    answer = press(at_the_desk, wanted, "note", kind="desk", seen=seen, text="Call after 5.")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "There is no such note yet" in text and "Call after 5." in text
    assert not Note.objects.exists()
    press(at_the_desk, wanted, "note", kind="desk", seen=0, text="Call after 5.")
    assert Note.objects.count() == 1


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 4400, "1.5", "null"])
def test_a_version_that_is_none_is_refused_in_words(a_request, at_the_desk, version):
    wanted = a_request()
    answer = press(at_the_desk, wanted, "move", version=version, to="reaching", seen="received")
    assert answer.status_code == 409
    assert ConsultationRequest.objects.get().status == "received"


@pytest.mark.parametrize("action", ["take_them", "mark_reaching", "mark_waiting"])
def test_an_action_of_the_queue_touches_only_what_is_as_the_list_showed_it(
    a_request, nurse, at_the_desk, action
):
    stale, fresh = a_request(), a_request()
    if action == "mark_waiting":
        for one in (stale, fresh):
            one.move_to("reaching", by=nurse, now=timezone.now())
    shown = at_the_desk.get(QUEUE).content.decode()
    versions = dict(re.findall(r'name="(version-\d+)" value="(\d+)"', shown))
    arranged(stale, nurse)
    before = everything_of(stale)
    posted = {"action": action, "_selected_action": [stale.pk, fresh.pk], **versions}
    text = at_the_desk.post(QUEUE, posted, follow=True).content.decode()
    assert f"{stale.reference} was changed after your page was opened" in text
    assert everything_of(stale) == before
    assert ConsultationRequest.objects.get(pk=fresh.pk).version != fresh.version


def test_what_was_changed_after_the_page_that_asks_is_not_erased(a_request, nurse, as_manager):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    chosen = {"requests": wanted.pk, "reason": "asked", "found": wanted.pk}
    sure = as_manager.post(f"{QUEUE}person/erase/", chosen).content.decode()
    name, version = re.search(r'name="(version-\d+)" value="(\d+)"', sure).groups()
    wanted.renew_link(by=nurse, now=timezone.now())
    answer = as_manager.post(f"{QUEUE}person/erase/", {**chosen, "sure": "1", name: version})
    assert answer.status_code == 422
    assert ConsultationRequest.objects.exists()


def contact(**different):
    return {"phone": "", "email": "", "preferred_channel": "phone", "may_text": "", **different}


def test_a_stale_page_of_the_person_does_not_undo_their_newer_change(client, a_request):
    wanted = a_request(phone="+12125550123")
    address = f"{wanted.get_absolute_url()}change/"
    seen = re.search(r'name="seen" value="(\d+)"', client.get(address).content.decode())[1]
    client.post(address, contact(phone="212-555-0144", seen=seen))
    again = client.post(address, contact(email="new@example.com", seen=seen))
    assert again.status_code == 409
    text = again.content.decode()
    assert "was changed after you opened this page" in text and "new@example.com" in text
    stored = ConsultationRequest.objects.get()
    assert (stored.phone, stored.email) == ("+12125550144", wanted.email)
    fresh = re.search(r'name="seen" value="(\d+)"', text)[1]
    client.post(address, contact(email="new@example.com", seen=fresh))
    stored = ConsultationRequest.objects.get()
    assert (stored.phone, stored.email) == ("+12125550144", "new@example.com")


def test_a_change_of_contact_sent_twice_is_one_change(client, a_request):
    wanted = a_request()
    address = f"{wanted.get_absolute_url()}change/"
    for _ in range(2):
        answer = client.post(address, contact(phone="212-555-0144", seen="0"))
        assert answer.status_code == 303
    assert wanted.changes.filter(what="contact").count() == 1


def test_none_of_these_does_not_turn_down_times_that_were_offered_since(client, a_request, nurse):
    wanted = a_request()
    old = offered(wanted, nurse)
    page = client.get(wanted.get_absolute_url()).content.decode()
    shown = re.findall(r'name="offered" value="(\d+)"', page)
    assert set(map(int, shown)) == {offer.pk for offer in old}
    new = offered(wanted, nurse, days=(8, 9))
    choose = f"{wanted.get_absolute_url()}choose/"
    answer = client.post(choose, {"time": "none", "offered": shown})
    assert answer.status_code == 409
    assert "These times have changed" in answer.content.decode()
    replaced = client.post(choose, {"time": old[0].pk, "offered": shown})
    assert replaced.status_code == 409
    assert wanted.standing_offers(timezone.now()).count() == len(new) == 2
    now_shown = [offer.pk for offer in new]
    assert client.post(choose, {"time": "none", "offered": now_shown}).status_code == 303
    assert not wanted.standing_offers(timezone.now()).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_move_it_at_once_have_a_sequence_each(a_request, nurse):
    wanted = a_request()
    arranged(wanted, nurse, in_days(5))
    has_locks = connection.features.has_select_for_update  # without them there is one writer anyway
    both = Barrier(2 if has_locks else 1)

    def move(days):
        mine = ConsultationRequest.objects.get(pk=wanted.pk)
        both.wait()
        try:
            mine.move_consultation(
                in_days(days), (nurse, 30, "phone"), by=nurse, now=timezone.now()
            )
            return mine.consultation.sequence
        except MoveRefused:
            return None
        finally:
            connection.close()

    if has_locks:
        with ThreadPoolExecutor(2) as two:
            sequences = list(two.map(move, (6, 7)))
    else:
        sequences = [move(days) for days in (6, 7)]
    moves = wanted.changes.filter(what="new_time").count()
    assert Consultation.objects.get().sequence == moves == len(set(sequences) - {None})
