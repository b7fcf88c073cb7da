"""Keys are changed while the site runs: nothing is lost, nothing is overwritten, and search goes on finding."""

import re

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.models import ConsultationRequest, Merge, Note, StatusChange
from articles.models import Reply
from clinic import rotation
from clinic.fields import as_stored, box
from clinic.progress import Progress
from clinic.rotation import Found, LockedJson, LockedModel


def new_key():
    return Fernet.generate_key().decode()


def stored(model=ConsultationRequest, column="name"):
    rows = model.objects.order_by("pk").annotate(locked=as_stored(column))
    return list(rows.values_list("locked", flat=True))


def opens(key, locked):
    return Fernet(key).decrypt(locked.encode()).decode()


@pytest.fixture
def rotate(capsys):
    def run(*arguments):
        call_command("rotate_keys", *arguments)
        return capsys.readouterr().out

    return run


@pytest.fixture
def new_field_key(settings):
    """Put in front of the one that is there, as operations.md says."""

    def put():
        settings.CLINIC_FIELD_KEYS = [new_key(), *settings.CLINIC_FIELD_KEYS]
        return settings.CLINIC_FIELD_KEYS[0]

    return put


def test_all_that_anyone_wrote_is_locked_anew_and_the_old_key_may_go(
    a_request, an_article, nurse, new_field_key, rotate, settings
):
    now = timezone.now()
    wanted = a_request()
    wanted.write_note("desk", "A note.", seen=0, by=nurse, now=now)
    StatusChange.objects.create(request=wanted, status="received", note="Looked.", at=now)
    Reply(article=an_article(), name="Kim", text="Thank you.").receive(sender="x", now=now)
    key = new_field_key()
    said = rotate()
    for model, column, words in [
        (ConsultationRequest, "name", "Ana Núñez"),
        (ConsultationRequest, "message", wanted.message),
        (Note, "text", "A note."),
        (Reply, "text", "Thank you."),
    ]:
        assert opens(key, stored(model, column)[0]) == words
    assert "Older keys may go" in said
    settings.CLINIC_FIELD_KEYS = [key]
    assert StatusChange.objects.latest("pk").note == "Looked."
    assert ConsultationRequest.objects.get().email == wanted.email


def test_a_dry_run_says_how_many_and_changes_nothing(a_request, new_field_key, rotate):
    a_request()
    before = stored()
    new_field_key()
    a_request()
    said = rotate("--dry-run")
    assert "Under the newest keys: 1 row(s). Under older ones: 1." in said
    assert "Older keys may go" not in said
    assert stored()[:1] == before


class KilledHalfWay(Exception):
    pass


def test_a_run_that_is_killed_half_way_goes_on_where_it_was(
    a_request, new_field_key, rotate, monkeypatch
):
    for _ in range(5):
        a_request()
    key = new_field_key()
    swap, swapped = LockedModel.swap, []

    def killed_at_the_third(self, row, anew):
        if len(swapped) == 2:
            raise KilledHalfWay
        swapped.append(row.pk)
        return swap(self, row, anew)

    monkeypatch.setattr(LockedModel, "swap", killed_at_the_third)
    with pytest.raises(KilledHalfWay):
        rotate()
    halfway = stored()
    monkeypatch.setattr(LockedModel, "swap", swap)
    assert "Locked anew: 3 row(s)." in rotate()
    assert stored()[:2] == halfway[:2]
    assert [opens(key, locked) for locked in stored()] == ["Ana Núñez"] * 5


def test_what_somebody_changes_meanwhile_is_not_overwritten(
    a_request, new_field_key, rotate, monkeypatch
):
    wanted = a_request()
    key = new_field_key()
    look = LockedModel.look

    def someone_writes_after_it_was_read(self, row):
        seen = look(self, row)
        if self.model is ConsultationRequest and row.name == "Ana Núñez":
            ConsultationRequest.objects.filter(pk=wanted.pk).update(name="Bea")
        return seen

    monkeypatch.setattr(LockedModel, "look", someone_writes_after_it_was_read)
    rotate()
    now_it_is = ConsultationRequest.objects.get()
    assert (now_it_is.name, now_it_is.message) == ("Bea", wanted.message)
    assert opens(key, stored(column="message")[0]) == wanted.message


def test_more_rows_than_one_batch_and_rows_that_come_meanwhile(
    a_request, new_field_key, rotate, monkeypatch
):
    monkeypatch.setattr(rotation, "BATCH", 2)
    for _ in range(5):
        a_request()
    key = new_field_key()
    rotate()
    assert [opens(key, locked) for locked in stored()] == ["Ana Núñez"] * 5


def test_a_row_that_no_key_opens_is_counted_and_left_as_it_is(
    a_request, new_field_key, rotate, settings
):
    right = settings.CLINIC_FIELD_KEYS
    settings.CLINIC_FIELD_KEYS = [new_key()]
    a_request()
    lost = stored()
    settings.CLINIC_FIELD_KEYS = right
    a_request()
    key = new_field_key()
    said = rotate()
    assert "No key opens: 1; they were left as they are." in said
    assert stored()[0] == lost[0]
    assert opens(key, stored()[1]) == "Ana Núñez"


def test_a_site_that_still_locks_with_the_old_key_is_told_to_restart(
    a_request, new_field_key, rotate, monkeypatch
):
    a_request()
    new_field_key()
    monkeypatch.setattr(LockedModel, "swap", lambda *_: False)
    with pytest.raises(CommandError, match="Restart"):
        rotate()


def change_the_index_key(settings):
    settings.CLINIC_INDEX_KEY_FALLBACKS = [settings.CLINIC_INDEX_KEY]
    settings.CLINIC_INDEX_KEY = new_key()


def test_search_finds_people_before_while_and_after_the_index_key_changes(
    a_request, rotate, settings
):
    first = a_request(message="The very same long message, from two people in one house.")
    found = ConsultationRequest.objects.found_by
    change_the_index_key(settings)
    second = a_request(message=first.message)
    both = {first.pk, second.pk}

    def everyone_is_found():
        return (
            {one.pk for one in found(" ANA@example.com ")} == both
            and {one.pk for one in found("(212) 555-0123")} == both
            and ConsultationRequest.objects.from_same_person(first).get() == second
            and ConsultationRequest.objects.from_same_person(second).get() == first
        )

    assert everyone_is_found()
    rotate()
    settings.CLINIC_INDEX_KEY_FALLBACKS = []
    assert everyone_is_found()
    again = ConsultationRequest.objects.get(pk=first.pk)
    assert again.message_index == ConsultationRequest.objects.get(pk=second.pk).message_index


def test_the_same_words_from_someone_else_are_noticed_while_the_index_key_changes(
    a_request, settings
):
    words = "Buy our very cheap things today, and tell all your friends of them."
    a_request(message=words)
    change_the_index_key(settings)
    copy = a_request(message=words, phone="+12125550199", email="b@example.com")
    assert copy.suspicions == ["alike"]


def test_a_form_sent_before_and_after_the_index_key_changes_is_one_request(
    client, answers, settings
):
    first = client.post("/request/details/", answers())
    change_the_index_key(settings)
    second = client.post("/request/details/", answers())
    assert (first.status_code, second.status_code) == (303, 303)
    assert first["Location"] == second["Location"]
    assert ConsultationRequest.objects.count() == 1


def test_a_reply_sent_again_after_the_index_key_changed_is_one_reply(an_article, rotate, settings):
    article, now = an_article(), timezone.now()
    first = Reply(article=article, name="Kim", text="Thank you.").receive(sender="x", now=now)
    change_the_index_key(settings)
    for _ in range(2):
        again = Reply(article=article, name="Kim", text="Thank you.").receive(sender="x", now=now)
        assert again.pk == first.pk
        rotate()
        settings.CLINIC_INDEX_KEY_FALLBACKS = []


def test_what_is_locked_inside_an_object_is_locked_anew_too(
    a_request, nurse, new_field_key, rotate, monkeypatch
):
    now = timezone.now()
    a_request().take_in(a_request(), by=nurse, now=now)
    secret = box().encrypt(b"a secret").decode()
    Merge.objects.update(kept_before={"secret": secret, "other": 1})
    monkeypatch.setattr(
        rotation, "others", [LockedJson("appointments.Merge", "kept_before", ["secret", "seed"])]
    )
    key = new_field_key()
    rotate()
    held = Merge.objects.get().kept_before
    assert opens(key, held["secret"]) == "a secret"
    assert held["other"] == 1
    assert rotation.go_through(write=False)[Found.OLDER] == 0


@pytest.mark.parametrize(
    ("done", "seconds", "said"),
    [(0, 0, "0% of 200 rows, 0 s so far"), (50, 30, "25% of 200 rows, 1:30 left")],
)
def test_the_bar_says_how_far_it_is_and_how_long_it_will_take(done, seconds, said, capsys):
    class Stream:
        isatty = staticmethod(lambda: False)

    progress = Progress(Stream, 200, "rows")
    progress.done = done
    assert re.search(rf"\] +{said}$", progress.line(seconds))
