"""seed_demo: a whole site to look at, never among real requests."""

import stat
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice, Status
from articles.models import Article, Reply
from clinic.management.commands.seed_demo import ARTICLES, sign_in_file
from clinic.models import CrisisLine, Practice


@pytest.fixture
def seeded(db, var, capsys):
    call_command("seed_demo")
    return var


def test_the_site_is_alive_at_once(seeded, client):
    assert ConsultationRequest.objects.count() == 40
    assert set(ConsultationRequest.objects.values_list("status", flat=True)) == set(Status.values)
    assert (
        Article.objects.published(timezone.now()).count() == len(list(ARTICLES.glob("*.toml"))) - 1
    )
    assert not Notice.objects.unsent().exists()
    for path in ("/", "/articles/", "/request/", "/costs/", "/privacy/"):
        assert client.get(path).status_code == 200
    for article in Article.objects.all():
        assert client.get(article.get_absolute_url()).status_code == 200


def test_the_desk_shows_what_it_can(seeded):
    requests = ConsultationRequest.objects
    assert [r.name for r in requests.exclude(flagged_at=None)] == ["Sample 36"]
    assert {bool(r.topics) for r in requests.all()} == {True, False}
    assert {bool(r.days or r.parts_of_day) for r in requests.all()} == {True, False}
    assert requests.exclude(owner=None).exists()
    assert requests.filter(owner=None).exists()


def test_every_sample_says_that_it_is_one(seeded):
    assert {reply.name[:7] for reply in Reply.objects.all()} == {"Sample "}
    assert {r.name[:7] for r in ConsultationRequest.objects.all()} == {"Sample "}
    assert all(article.is_sample for article in Article.objects.all())
    assert all(line.verified_on for line in CrisisLine.objects.all())


def test_the_sign_in_is_made_up_for_this_database_and_kept_private(seeded, client):
    file = sign_in_file()
    assert file.parent == seeded
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = file.read_text().split()[-1]
    assert client.login(username="frontdesk", password=password)
    call_command("seed_demo")
    assert file.read_text().split()[-1] != password


def test_it_tells_the_sign_in_of_the_database_in_use(seeded, capsys):
    capsys.readouterr()
    call_command("seed_demo", "--if-empty")
    assert capsys.readouterr().out == sign_in_file().read_text()


@pytest.mark.parametrize(("host", "name"), [("db1", "one"), ("db1", "two"), ("db2", "one")])
def test_each_database_of_a_server_has_a_file_of_its_own(var, monkeypatch, host, name):
    monkeypatch.setenv("PGHOST", host)
    monkeypatch.delenv("PGPORT", raising=False)
    database = SimpleNamespace(vendor="postgresql", settings_dict={"NAME": name})
    monkeypatch.setattr("clinic.management.commands.seed_demo.connection", database)
    assert sign_in_file() == var / f"demo-sign-in-{host}-{name}.txt"


def test_it_can_be_repeated_and_removed(seeded):
    call_command("seed_demo")
    assert ConsultationRequest.objects.count() == 40
    call_command("seed_demo", "--remove")
    assert not ConsultationRequest.objects.exists()
    assert not Article.objects.exists()
    assert not Reply.objects.exists()
    assert not Practice.objects.exists()


def test_a_sample_account_that_looked_is_kept_switched_off_until_the_samples_are_back(
    seeded, client
):
    def sign_in():
        password = sign_in_file().read_text().split()[-1]
        return client.login(username="frontdesk", password=password)

    sign_in()
    client.get("/admin/")
    call_command("seed_demo", "--remove")
    assert list(get_user_model().objects.values_list("username", "is_active")) == [
        ("frontdesk", False)
    ]
    call_command("seed_demo")
    assert sign_in()


def test_it_stays_out_of_a_site_with_real_requests(a_request, var):
    a_request()
    with pytest.raises(CommandError, match="real requests"):
        call_command("seed_demo")
    call_command("seed_demo", "--if-empty")
    assert ConsultationRequest.objects.count() == 1


def test_it_stays_out_of_a_site_with_a_practice_of_its_own(practice, var):
    with pytest.raises(CommandError, match="practice of its own"):
        call_command("seed_demo")
    call_command("seed_demo", "--if-empty")
    assert not Article.objects.exists()
