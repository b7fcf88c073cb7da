"""verify_who_looked: whoever changes the record behind the site's back is found out, and the first such line named."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from clinic import chores
from clinic.audit import Action, AuditLine, AuditSeal, sealing, write
from clinic.audit.guarding import guard, unguard
from clinic.audit.writing import line


@pytest.fixture
def looked(nurse, monday_nine):
    """Lines of a morning, counted from one: each call adds some."""
    if connection.vendor == "postgresql":  # where other tests have used up numbers
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE clinic_auditline_id_seq RESTART")

    def make(many, *, at=monday_nine):
        return [write(nurse, Action.VIEWED, nurse, now=at).pk for _ in range(many)]

    return make


@pytest.fixture
def sealed(looked, monday_nine):
    """Nine lines under three seals."""
    numbers = []
    for minute in range(3):
        numbers += looked(3)
        sealing.add_seal(monday_nine + timedelta(minutes=minute))
    return numbers


@pytest.fixture
def intruder(db):
    """Someone with all rights in the database, who took the triggers away first."""
    unguard(connection)
    yield AuditLine.objects
    guard("default")


def verified(capsys, *options):
    call_command("verify_who_looked", *options)
    return capsys.readouterr().out


def test_a_record_that_nobody_touched_is_whole(sealed, looked, capsys):
    looked(2)
    said = verified(capsys)
    assert "Whole: 9 line(s) under 3 seal(s). Not yet sealed: 2. Numbers never used: 0." in said
    assert f"Last seal: {AuditSeal.objects.last()}" in said


def test_an_empty_record_is_whole(db, capsys):
    assert "Whole: 0 line(s) under 0 seal(s)." in verified(capsys)


def test_the_worker_seals_each_minute_and_names_the_seal_in_its_log(looked, capsys, caplog):
    looked(3)
    chores.do_what_is_due()
    looked(1)
    chores.do_what_is_due()  # not a minute later
    seal = AuditSeal.objects.get()
    assert seal.lines == 3
    assert f"sealed up to line {seal.upto}: {seal}" in caplog.text
    assert verified(capsys, "--holds", str(seal))


@pytest.mark.parametrize(
    "change",
    [
        {"which": "77"},
        {"by": None},
        {"action": "listed"},
        {"outcome": "refused"},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"door": "another"},
        {"count": 3},
        {"shown": "AAAA-BBBB"},
        {"reason": "law"},
        {"mac": "0" * 64},
    ],
    ids=str,
)
def test_a_changed_line_is_named(sealed, intruder, change):
    intruder.filter(pk=sealed[4]).update(**change)
    with pytest.raises(CommandError, match=rf"BROKEN\. Line {sealed[4]} was changed"):
        call_command("verify_who_looked")


def test_a_line_that_was_taken_away_is_named(sealed, intruder):
    intruder.filter(pk=sealed[5]).delete()
    with pytest.raises(CommandError, match=rf"Line {sealed[5]} is missing"):
        call_command("verify_who_looked")


def test_a_line_that_the_site_did_not_write_is_named(sealed, intruder, nurse, settings):
    settings.CLINIC_AUDIT_KEYS = ["a key that the intruder made up for themselves"]
    forged = write(nurse, Action.VIEWED, nurse, now=timezone.now())
    settings.CLINIC_AUDIT_KEYS = []
    with pytest.raises(CommandError, match=r"Line \d+ was changed, or the site did not write it"):
        call_command("verify_who_looked")
    assert forged.pk > sealed[-1]


def test_two_lines_that_changed_places_are_found(sealed, intruder):
    first, second = intruder.get(pk=sealed[0]), intruder.get(pk=sealed[1])
    intruder.filter(pk__in=[first.pk, second.pk]).delete()
    first.pk, second.pk = second.pk, first.pk
    first.at = second.at = timezone.now()
    intruder.bulk_create([first, second])
    with pytest.raises(CommandError, match="BROKEN"):
        call_command("verify_who_looked")


def test_a_seal_that_was_taken_away_is_named(sealed, intruder):
    AuditSeal.objects.filter(number=2).delete()
    with pytest.raises(CommandError, match="Seal 2 is missing"):
        call_command("verify_who_looked")


def test_a_changed_seal_is_named(sealed, intruder):
    AuditSeal.objects.filter(number=2).update(at=timezone.now())
    with pytest.raises(CommandError, match="Seal 2 was changed"):
        call_command("verify_who_looked")


def test_an_end_that_was_cut_off_is_missed_by_who_kept_the_log(sealed, intruder, capsys):
    kept = str(AuditSeal.objects.last())
    AuditSeal.objects.filter(number=3).delete()
    intruder.filter(pk__in=sealed[6:]).delete()
    assert "Whole: 6 line(s)" in verified(capsys)  # the database alone cannot know
    with pytest.raises(CommandError, match=re.escape(f"The record has no seal {kept}")):
        call_command("verify_who_looked", "--holds", kept)


def test_a_number_that_a_transaction_gave_back_is_no_hole(
    sealed, looked, nurse, monday_nine, capsys
):
    numbers = looked(1)
    line(nurse, Action.VIEWED, nurse, now=monday_nine)
    skipped = line(nurse, Action.VIEWED, nurse, now=monday_nine)
    skipped.pk = numbers[0] + 3
    skipped.save(force_insert=True)
    sealing.add_seal(monday_nine)
    assert (
        "Whole: 11 line(s) under 4 seal(s). Not yet sealed: 0. Numbers never used: 2."
        in verified(capsys)
    )


def test_a_line_of_a_long_transaction_is_sealed_when_it_arrives(sealed, nurse, capsys):
    now = timezone.now()
    early, late = (line(nurse, Action.VIEWED, nurse, now=now) for _ in range(2))
    late.pk, early.pk = sealed[-1] + 1, sealed[-1] + 2
    early.save(force_insert=True)
    sealing.add_seal(now)
    late.save(force_insert=True)
    assert "Not yet sealed: 1. Numbers never used: 0." in verified(capsys)
    seal = sealing.add_seal(now)
    assert seal.late == [late.pk]
    assert "Whole: 11 line(s) under 5 seal(s). Not yet sealed: 0." in verified(capsys)
    assert sealing.add_seal(now) is None


def test_nobody_slips_a_line_into_the_past(sealed, nurse, monday_nine):
    early, false = (line(nurse, Action.VIEWED, nurse, now=monday_nine) for _ in range(2))
    false.pk, early.pk = sealed[-1] + 1, sealed[-1] + 2
    early.save(force_insert=True)
    sealing.add_seal(monday_nine)  # months before the line below is put there
    false.save(force_insert=True)
    with pytest.raises(CommandError, match=f"Line {false.pk} was added afterwards"):
        call_command("verify_who_looked")


def test_a_new_key_does_not_break_what_the_old_one_sealed(
    sealed, looked, settings, capsys, monday_nine
):
    settings.CLINIC_AUDIT_KEYS = ["a new key " * 5, *settings.CLINIC_AUDIT_KEYS]
    looked(2)
    sealing.add_seal(monday_nine)
    assert "Whole: 11 line(s) under 4 seal(s)" in verified(capsys)
    settings.CLINIC_AUDIT_KEYS = settings.CLINIC_AUDIT_KEYS[:1]
    with pytest.raises(CommandError, match=f"Line {sealed[0]} was changed"):
        call_command("verify_who_looked")


def test_the_second_of_two_workers_adds_no_second_seal(looked, monday_nine, monkeypatch, capsys):
    looked(2)
    what_both_saw = sealing._next_seal(monday_nine)
    assert sealing.add_seal(monday_nine)
    monkeypatch.setattr(sealing, "_next_seal", lambda now: what_both_saw)
    assert sealing.add_seal(monday_nine) is None
    assert "2 line(s) under 1 seal(s)" in verified(capsys)


STATEMENTS = [
    "UPDATE clinic_auditline SET which = 'another'",
    "UPDATE clinic_auditline SET mac = mac",
    "DELETE FROM clinic_auditline",
    "UPDATE clinic_auditseal SET mac = 'another'",
    "DELETE FROM clinic_auditseal",
]
STATEMENTS += {
    "postgresql": [
        "TRUNCATE clinic_auditline",
        "TRUNCATE clinic_auditseal",
        "TRUNCATE auth_user CASCADE",
    ],
    "sqlite": [
        "REPLACE INTO clinic_auditline SELECT * FROM clinic_auditline",
        "INSERT OR REPLACE INTO clinic_auditseal SELECT * FROM clinic_auditseal",
    ],
}[connection.vendor]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_itself_refuses(sealed, statement, capsys):
    connection.check_constraints()  # nothing else is left that could refuse
    with (
        pytest.raises(Exception, match="Who looked is kept"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert "Whole: 9 line(s)" in verified(capsys)
