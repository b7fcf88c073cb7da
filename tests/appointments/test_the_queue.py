"""Monday, five past eight: who needs a human first, who is overdue, who is due, what is new, who waits."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from appointments.admin.lines import day_and_time
from appointments.models import ConsultationRequest
from appointments.models.sections import MOST_COUNTED
from clinic import facts

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


def references(page):
    return re.findall(r'class="field-who"><a[^>]*>([\w-]{9})<', page.content.decode())


def count_of(page, section):
    return re.search(rf">{section} \((\d+\+?)\)<", page.content.decode())[1]


def ago(**hours):
    return timezone.now() - timedelta(**hours)


def fill(a_request, many):
    """So many new requests."""
    if not many:
        return
    one = a_request()
    fields = {
        f.attname: getattr(one, f.attname) for f in one._meta.concrete_fields if f.name != "id"
    }
    ConsultationRequest.objects.bulk_create(
        ConsultationRequest(
            **{**fields, "reference": f"X{n:08}", "submission_digest": str(n), "link_hash": str(n)}
        )
        for n in range(many - 1)
    )


@pytest.fixture
def monday(a_request, nurse):
    """One of each kind."""
    now = timezone.now()
    made = {
        "new": a_request(received_at=ago(minutes=2)),
        "flagged": a_request(received_at=ago(minutes=1), message="I want to die"),
        "overdue": a_request(received_at=ago(days=20)),
        "very late": a_request(received_at=ago(days=30)),
        "waiting": a_request(received_at=ago(days=25)),
    }
    made["waiting"].move_to("reaching", by=nurse, now=ago(days=24))
    made["waiting"].move_to("waiting", by=nurse, now=ago(days=24))
    far = now + timedelta(days=3)
    ConsultationRequest.objects.filter(pk__in=[made["new"].pk, made["flagged"].pk]).update(
        answer_by=far
    )
    return made


def test_flagged_first_then_overdue_then_the_rest(at_the_desk, monday):
    order = ["flagged", "very late", "overdue", "new", "waiting"]
    assert references(at_the_desk.get(QUEUE)) == [monday[name].reference for name in order]


@pytest.mark.parametrize(
    ("which", "words", "who"),
    [
        ("flagged", "Needs a human first", ["flagged"]),
        ("overdue", "Overdue", ["very late", "overdue"]),
        ("received", "New", ["very late", "overdue", "new", "flagged"]),
        ("waiting", "Waits for the person", ["waiting"]),
        ("unassigned", "Nobody has it", ["very late", "waiting", "overdue", "new", "flagged"]),
        ("mine", "Mine", []),
        ("today", "Due today", []),
    ],
)
def test_each_section_holds_its_own_and_says_how_many(at_the_desk, monday, which, words, who):
    page = at_the_desk.get(f"{QUEUE}?which={which}")
    assert references(page) == [monday[name].reference for name in who]
    assert count_of(page, words) == str(len(who))


def test_due_today_is_what_was_promised_for_later_today(at_the_desk, a_request, practice):
    today, tomorrow = a_request(), a_request()
    zone = facts.current().zone
    midnight = timezone.localtime(timezone=zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    ) + timedelta(days=1)
    ConsultationRequest.objects.filter(pk=today.pk).update(
        answer_by=midnight - timedelta(seconds=1)
    )
    ConsultationRequest.objects.filter(pk=tomorrow.pk).update(answer_by=midnight)
    found = ConsultationRequest.objects.due_today(midnight - timedelta(hours=2), zone)
    assert [one.pk for one in found] == [today.pk]


def test_a_count_stops_where_nobody_reads_on(at_the_desk, a_request):
    fill(a_request, MOST_COUNTED + 5)
    assert count_of(at_the_desk.get(QUEUE), "New") == "99+"


def test_take_makes_it_mine(at_the_desk, a_request):
    wanted = a_request()
    at_the_desk.post(f"{QUEUE}{wanted.pk}/take/")
    assert references(at_the_desk.get(QUEUE + "?which=mine")) == [wanted.reference]
    assert references(at_the_desk.get(QUEUE + "?which=unassigned")) == []


def test_try_again_now_is_due_and_in_the_persons_window(a_request, nurse, monday_nine):
    zone = facts.fresh().zone
    anytime, afternoons = a_request(), a_request(parts_of_day=["afternoon"])
    tuesdays, mondays = a_request(days=[1]), a_request(days=[0], parts_of_day=["morning"])
    later = a_request()
    ConsultationRequest.objects.update(next_try_at=monday_nine, status="reaching")
    ConsultationRequest.objects.filter(pk=later.pk).update(
        next_try_at=monday_nine + timedelta(days=1)
    )
    ready = ConsultationRequest.objects.to_try_again(monday_nine + timedelta(hours=1), zone)
    assert set(ready) == {anytime, mondays}
    ready = ConsultationRequest.objects.to_try_again(monday_nine + timedelta(hours=5), zone)
    assert set(ready) == {anytime, afternoons}
    ready = ConsultationRequest.objects.to_try_again(monday_nine + timedelta(days=1), zone)
    assert set(ready) == {anytime, tuesdays, later}


@pytest.mark.parametrize(
    ("state", "hours"),
    [
        ("NY", range(13)),
        ("KS", range(2, 14)),  # its west is an hour behind its east
        ("CA", range(3, 16)),
        ("HI", range(5, 18)),
    ],
)
def test_try_again_now_is_from_8_to_21_where_they_live(a_request, monday_nine, state, hours):
    """Hours since 8:00 in New York."""
    zone = facts.fresh().zone
    a_request(state=state)
    eight = monday_nine - timedelta(hours=1)
    ConsultationRequest.objects.update(next_try_at=eight - timedelta(days=3), status="reaching")
    moments = [eight + timedelta(hours=hour) for hour in range(24)]
    again = ConsultationRequest.objects.to_try_again
    assert [again(now, zone).exists() for now in moments] == [hour in hours for hour in range(24)]


@pytest.mark.parametrize(
    ("hour", "named", "words"),
    [
        ("07:30", {}, "nobody is called before 8:00 or after 21:00"),
        ("21:00", {}, "It will be 21:00 then where they live"),
        ("20:59", {}, ""),
        ("10:00", {"parts_of_day": ["evening"]}, "no time that they named (evenings)"),
        ("18:00", {"parts_of_day": ["evening"]}, ""),
    ],
)
def test_a_next_try_at_no_time_to_call_is_taken_with_a_warning(
    at_the_desk, a_request, hour, named, words
):
    wanted = a_request(state="NY", **named)
    day = timezone.localdate() + timedelta(days=3)
    typed = {"channel": "phone", "outcome": "no_answer", "next_try_at": f"{day}T{hour}"}
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/try/", typed, follow=True).content.decode()
    wanted.refresh_from_db()
    assert f"{timezone.localtime(wanted.next_try_at, facts.current().zone):%H:%M}" == hour
    assert "The try is written down." in page
    assert words in page and ("one may call" in page or "when it is." in page) == bool(words)


def test_each_line_says_how_long_is_left_in_opening_time(
    at_the_desk, a_request, monday_nine, monkeypatch
):
    wanted = a_request(received_at=monday_nine)
    for passed, words in ((timedelta(hours=6), "2 h left"), (timedelta(hours=25), "over by 1 h")):
        now = monday_nine + passed
        monkeypatch.setattr("appointments.admin.queue.timezone.now", lambda now=now: now)
        assert words in at_the_desk.get(QUEUE).content.decode()
    assert wanted.answer_by == monday_nine + timedelta(hours=8)


def test_each_line_says_how_and_when_to_reach_them(
    at_the_desk, a_request, monday_nine, monkeypatch
):
    a_request(parts_of_day=["morning"], days=[0, 1], received_at=monday_nine)
    for hours, is_good in ((1, True), (6, False)):
        now = monday_nine + timedelta(hours=hours)
        monkeypatch.setattr("appointments.admin.queue.timezone.now", lambda now=now: now)
        text = at_the_desk.get(QUEUE).content.decode()
        assert "Phone call: mornings, Mon and Tue" in text
        assert ("now is good" in text) is is_good


@pytest.mark.parametrize(
    "typed",
    ["(212) 555-0123", "212.555.0123", "+1 212 555 0123", "ANA@Example.com ", "ana@example.com"],
)
def test_a_person_is_found_by_phone_or_email_in_any_format_and_the_address_says_neither(
    at_the_desk, a_request, typed
):
    wanted = a_request()
    a_request(phone="+12125550199", email="bo@example.com", name="Bo")
    page = at_the_desk.post(QUEUE + "find/", {"text": typed}, follow=True)
    assert references(page) == [wanted.reference]
    assert "555" not in page.request["QUERY_STRING"] and "@" not in page.request["QUERY_STRING"]


def test_a_reference_is_found_among_closed_ones_too_however_it_is_written(
    at_the_desk, a_request, nurse
):
    wanted = a_request()
    wanted.move_to("closed", by=nurse, now=timezone.now(), reason="cost")
    for typed in (wanted.reference, wanted.reference.lower().replace("-", " ")):
        page = at_the_desk.post(QUEUE + "find/", {"text": typed}, follow=True)
        assert references(page) == [wanted.reference]


@pytest.mark.parametrize(
    "typed", ["", "x", "nobody@example.com", "212-555-0000", "ZZZZ-ZZZZ", "é" * 300]
)
def test_what_is_not_found_stays_typed_and_says_what_to_do(at_the_desk, a_request, typed):
    a_request()
    page = at_the_desk.post(QUEUE + "find/", {"text": typed})
    assert page.status_code == 200
    text = page.content.decode()
    assert "Nothing was found" in text
    assert f'value="{typed}"' in text


def test_an_editor_cannot_search(staff, signed_in, a_request):
    a_request()
    browser = signed_in(staff("Editor"))
    assert browser.post(QUEUE + "find/", {"text": "ana@example.com"}).status_code == 403


@pytest.mark.parametrize("which", ["", "flagged", "overdue", "today", "again", "mine", "all", "x"])
def test_each_page_of_the_queue_takes_few_queries(
    at_the_desk, monday, django_assert_max_num_queries, which
):
    facts.current()
    with django_assert_max_num_queries(9):
        assert at_the_desk.get(f"{QUEUE}?which={which}").status_code == 200


def test_one_request_takes_few_queries(at_the_desk, monday, nurse, django_assert_max_num_queries):
    facts.current()
    wanted = monday["overdue"]
    for _ in range(4):
        wanted.log_try("phone", "no_answer", by=nurse, now=timezone.now())
        at_the_desk.get(f"{QUEUE}{wanted.pk}/change/")
    with django_assert_max_num_queries(20):
        at_the_desk.get(f"{QUEUE}{wanted.pk}/change/")


@pytest.mark.parametrize("typed", ["nobody@example.com", "{reference}", "ana@example.com"])
def test_finding_takes_few_queries(at_the_desk, a_request, typed):
    facts.current()
    typed = typed.format(reference=a_request().reference)
    with CaptureQueriesContext(connection) as asked:
        page = at_the_desk.post(QUEUE + "find/", {"text": typed})
    # A test's own transaction makes savepoints of the page's.
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 9
    if page.status_code == 302:
        with CaptureQueriesContext(connection) as asked:
            assert at_the_desk.get(page["Location"]).context["cl"].result_count == 1
        assert len(asked) <= 9


def test_the_queue_unlocks_names_and_topics_and_nothing_else(at_the_desk, a_request):
    a_request()
    for page in (at_the_desk.get(QUEUE), at_the_desk.post(QUEUE + "find/", {"text": "nobody"})):
        [shown] = page.context["cl"].result_list
        assert {"message", "phone", "email", "relation"} <= shown.get_deferred_fields()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "Mon Mar 2, 9:00 AM"), (184, "Mon Mar 2, 12:04 PM"), (905, "Tue Mar 3, 12:05 AM")],
)
def test_a_promise_is_told_on_the_clinics_clock(practice, monday_nine, minutes, words):
    moment = monday_nine + timedelta(minutes=minutes)
    with timezone.override(facts.current().zone):
        assert day_and_time(moment) == words
        assert words == date_format(timezone.localtime(moment), "D M j, g:i A")


@pytest.mark.parametrize("many", [0, 1, 25, 26, 120])
def test_the_queue_says_how_many_there_are_however_it_knows(at_the_desk, a_request, many):
    fill(a_request, many)
    for address in (QUEUE, QUEUE + "?which=received", QUEUE + "?which=all"):
        list_of = at_the_desk.get(address).context["cl"]
        assert (list_of.result_count, len(list_of.result_list)) == (many, min(many, 25))
    if many > 25:
        second = at_the_desk.get(QUEUE + "?p=2").context["cl"]
        assert (second.result_count, len(second.result_list)) == (many, min(many - 25, 25))


def test_another_filter_than_a_section_is_counted_by_itself(at_the_desk, a_request):
    fill(a_request, 40)
    some = ConsultationRequest.objects.order_by("pk").values_list("pk", flat=True)[:30]
    ConsultationRequest.objects.filter(pk__in=list(some)).update(state="NJ")
    assert at_the_desk.get(QUEUE + "?state=NJ").context["cl"].result_count == 30
