"""Off-site copies of backups: in a bucket that locks, read back, and never deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.figures import for_machines
from appointments.models import Heartbeat
from clinic.backups import keeping, offsite
from clinic.backups.sealing import certificate_from, private_key_from, sealed, unsealed
from clinic.checks import off_site_copies_go_over_tls, there_are_backups
from clinic.environment import bucket_of
from clinic.management.commands.restore import lists
from tests import certificates
from tests.buckets import LockingFront

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEVER = "There is no off-site copy of the backups."


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def front(db, settings, bucket_server, tmp_path, pair, monkeypatch):
    """A bucket that locks, empty, and a folder without backups."""
    front = LockingFront(bucket_server)
    settings.CLINIC_BACKUP_FOLDER = tmp_path / "backups"
    settings.CLINIC_BACKUP_CERTIFICATE = str(pair[0])
    settings.CLINIC_BACKUP_BUCKET = front.place(f"copies-{next(bucket_server.numbers)}")
    monkeypatch.setattr(offsite, "PART", 6 * 1024 * 1024)
    yield front
    front.stop()


@pytest.fixture
def bucket(front, settings):
    return offsite.LockedBucket(settings.CLINIC_BACKUP_BUCKET)


@pytest.fixture
def a_backup(front, pair):
    certificate = certificate_from(pair[0].read_bytes())

    def a_backup(age, data=b"the dump"):
        path = keeping.name_for(NOW - timedelta(hours=age))
        path.write_bytes(sealed(data, certificate))
        return path

    return a_backup


def copy_backups(capsys):
    call_command("copy_backups")
    return capsys.readouterr().out


def names(bucket):
    return sorted(bucket.sizes_and_tags())


def writes(front):
    return [method for method, _ in front.asked if method not in ("GET", "HEAD")]


def test_what_the_bucket_lacks_is_copied_and_nothing_else_is_sent(front, bucket, a_backup, capsys):
    old, new = a_backup(30), a_backup(6, bytes(13 * 1024 * 1024))  # the second one in parts
    (keeping.folder() / f"{keeping.name_for(NOW).name}.part").write_bytes(b"half of one")
    (keeping.folder() / "notes.txt").write_text("not a backup")
    until = f"locked until {timezone.now() + timedelta(days=30):%Y-%m-%d}"
    said = copy_backups(capsys)
    assert "Copied 2 backup(s)" in said and until in said
    assert names(bucket) == sorted([old.name, new.name, new.with_suffix(".erased").name])
    for path in (old, new):
        size = path.stat().st_size
        assert bucket.sizes_and_tags()[path.name][0] == size
    assert Heartbeat.objects.get(name="backup copy").at == NOW - timedelta(hours=6)
    front.asked.clear()
    assert "Copied 0 backup(s), read back from the bucket; 2 were there." in copy_backups(capsys)
    assert writes(front) == []
    assert not [path for _, path in front.asked if old.name in path], "proven once is enough"


def test_nothing_is_deleted_when_a_backup_here_is_too_old(front, bucket, a_backup, capsys):
    old = a_backup(400)
    copy_backups(capsys)
    a_backup(1)
    old.unlink()
    copy_backups(capsys)
    assert old.name in names(bucket)
    assert "DELETE" not in writes(front)


@pytest.mark.parametrize(("mode", "days"), [("", 0), ("COMPLIANCE", -1), ("ELSE", 30)])
def test_a_bucket_that_does_not_lock_is_refused_and_gets_no_second_one(
    front, bucket, a_backup, mode, days
):
    front.mode, front.days = mode, days
    first, _ = a_backup(1), a_backup(2)
    with pytest.raises(CommandError, match=r"does not say that .* is locked") as told:
        call_command("copy_backups")
    assert told.value.returncode == 3
    assert names(bucket) == [first.name]
    assert not Heartbeat.objects.filter(name="backup copy").exists()


def test_a_lock_that_can_be_lifted_by_the_owner_counts(front, a_backup, capsys):
    front.mode = "GOVERNANCE"
    a_backup(1)
    assert "Copied 1" in copy_backups(capsys)


@pytest.mark.parametrize(
    "data", [b"SQLite format 3\0" + bytes(99), b"", b"clinic backup 1\n\0\0\0\2{}", b"PGDMP"]
)
def test_a_file_that_is_not_encrypted_stays_here_and_the_others_go(front, bucket, a_backup, data):
    open_one, good = a_backup(1), a_backup(2)
    open_one.write_bytes(data)
    with pytest.raises(CommandError, match=f"{open_one.name} is not encrypted") as told:
        call_command("copy_backups")
    assert told.value.returncode == 3
    assert open_one.name not in names(bucket)
    assert good.name in names(bucket)
    assert Heartbeat.objects.get(name="backup copy").at == NOW - timedelta(hours=2)


def test_a_copy_that_comes_back_otherwise_does_not_count(front, bucket, a_backup, capsys):
    path = a_backup(1)
    front.harm = lambda method, address, body: (
        body.replace(b"clinic", b"klinic") if method == "GET" and path.name in address else body
    )
    for _ in range(2):  # it is not taken for proven the next time either
        with pytest.raises(CommandError, match=f"{path.name} in the bucket is not what it is here"):
            call_command("copy_backups")
    assert not Heartbeat.objects.filter(name="backup copy").exists()
    front.harm = lambda method, address, body: body
    copy_backups(capsys)
    assert Heartbeat.objects.filter(name="backup copy").exists()


def test_a_copy_that_was_written_over_is_told(front, bucket, a_backup, capsys):
    path = a_backup(1)
    copy_backups(capsys)
    data = path.read_bytes()
    bucket.write(path.name, data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CommandError, match="is not what it is here") as told:
        call_command("copy_backups")
    assert told.value.returncode == 3
    bucket.write(path.name, data[:-1])
    with pytest.raises(CommandError, match="is not what it is here"):
        call_command("copy_backups")


def test_a_bucket_that_is_silent_or_refuses_is_one_sentence(front, settings, a_backup, monkeypatch):
    a_backup(1)
    settings.CLINIC_BACKUP_BUCKET |= {"secret_access_key": "another-secret"}
    with pytest.raises(CommandError, match=r"refuses the site's key\.$") as told:
        call_command("copy_backups")
    assert told.value.returncode == 1
    monkeypatch.setattr(offsite, "PATIENCE", 1)
    settings.CLINIC_BACKUP_BUCKET |= {"endpoint": "http://127.0.0.1:9"}
    with pytest.raises(CommandError, match=r"NOT ALL .* gives no answer\.$") as told:
        call_command("copy_backups")
    assert told.value.returncode == 1


def test_without_a_backup_or_a_bucket_or_tls_it_fails_with_words(front, settings):
    with pytest.raises(CommandError, match="There is no backup to copy"):
        call_command("copy_backups")
    settings.CLINIC_BACKUP_BUCKET |= {"endpoint": "http://s3.example"}
    assert [error.id for error in off_site_copies_go_over_tls(None)] == ["clinic.E033"]
    with pytest.raises(CommandError, match="its endpoint not https"):
        call_command("copy_backups")
    settings.CLINIC_BACKUP_BUCKET = bucket_of("", name="CLINIC_BACKUP_BUCKET")
    assert list(off_site_copies_go_over_tls(None)) == []
    with pytest.raises(CommandError, match="Set CLINIC_BACKUP_BUCKET and its key"):
        call_command("copy_backups")


def test_two_at_once_do_not_meet(front, a_backup):
    a_backup(1)
    with keeping.alone(".copy-lock", ""), pytest.raises(CommandError, match="Another copy is run"):
        call_command("copy_backups")


def test_the_list_of_what_was_erased_goes_along_encrypted(front, bucket, a_backup, capsys, pair):
    line = '{"at": "2026-01-01T00:00:00Z", "reference": "2222-2222"}'
    keeping.remember([line])
    name = a_backup(1).with_suffix(".erased").name
    copy_backups(capsys)
    got = bytes(bucket._objects.get(name).bytes())
    assert b"2222" not in got
    key = private_key_from(pair[1].read_bytes(), lambda: certificates.PASSPHRASE)
    assert unsealed(got, key).decode().splitlines() == [line]
    file = keeping.folder().parent / "from-the-bucket.erased"
    file.write_bytes(got)
    (keeping.folder() / "erased.jsonl").unlink()
    backup = keeping.folder() / "any.backup"
    assert lists(backup, file, key) == [line]
    file.write_text(line)
    assert lists(backup, file, key) == [line]


def test_staff_the_check_and_figures_tell_of_no_copy_or_an_old_one(
    front, a_backup, at_the_desk, a_request, capsys
):
    a_request()
    now = timezone.now()
    Heartbeat.beat("worker", now)
    Heartbeat.beat("backup", now)

    def told():
        return [one.msg for one in there_are_backups(None)]

    def age():
        figures = {name: number for name, _, number in for_machines(now)}
        return figures["clinic_backup_copy_age_seconds"]

    assert told() == [NEVER] and age() == float("inf")
    assert NEVER in at_the_desk.get("/admin/").content.decode()
    a_backup(0)
    copy_backups(capsys)
    assert NEVER not in told()
    assert age() == pytest.approx((now - NOW).total_seconds())
    Heartbeat.beat("backup copy", now - timedelta(hours=47))
    assert told() == []
    assert "off-site" not in at_the_desk.get("/admin/").content.decode()
    Heartbeat.beat("backup copy", now - timedelta(hours=49))
    assert told()[0].startswith("The newest off-site copy is of a backup of ")
    assert told()[0] in at_the_desk.get("/admin/").content.decode()
