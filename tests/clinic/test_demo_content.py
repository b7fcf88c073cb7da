"""seed_demo: a whole site to look at, never among real requests."""

import stat
from datetime import time
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from appointments.models import ConsultationRequest, Notice, Status
from articles.models import Article, Reply, Topic
from clinic import facts
from clinic.management.commands.seed_demo import ARTICLES, sign_in_file
from clinic.models import Closure, CrisisLine, OpeningHours, Practice


@pytest.fixture
def seeded(db, var, capsys):
    call_command("seed_demo")
    return var


@pytest.fixture
def a_real_request(seeded):
    """From a visitor, on a site with sample content."""
    real = ConsultationRequest(
        name="Ana",
        email="ana@example.com",
        preferred_channel="email",
        state="NY",
        consent_version="1",
    )
    return real.receive(form_key="key-of-a-form", practice=facts.fresh(), now=timezone.now())


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


def test_removing_is_possible_after_a_real_request_and_leaves_it_alone(seeded, a_real_request):
    call_command("seed_demo", "--remove")
    assert list(ConsultationRequest.objects.all()) == [a_real_request]
    assert not Practice.objects.exists() and not Article.objects.exists()


def test_what_the_owner_has_changed_stays(seeded):
    Practice.objects.update(name="Beacon Clinic")
    Article.objects.filter(slug="ketamine-and-anxiety").update(title="Our own words")
    Topic.objects.filter(slug="pain").update(introduction="Our own words")
    Closure.objects.create(first_day="2030-01-01", last_day="2030-01-02", reason="Move (sample)")
    hours = list(OpeningHours.objects.values_list("pk", flat=True))
    call_command("seed_demo", "--remove")
    assert Practice.objects.get().name == "Beacon Clinic"
    assert list(OpeningHours.objects.values_list("pk", flat=True)) == hours
    assert [one.title for one in Article.objects.all()] == ["Our own words"]
    assert Topic.objects.filter(slug="pain").exists()
    assert [one.reason for one in Closure.objects.all()] == ["Move (sample)"]
    with pytest.raises(CommandError, match="practice of its own"):
        call_command("seed_demo")


def test_hours_that_were_changed_stay_without_the_sample_practice(seeded):
    OpeningHours.objects.filter(weekday=0, opens=time(9)).update(opens=time(8))
    call_command("seed_demo", "--remove")
    assert [one.opens for one in OpeningHours.objects.all()] == [time(8)]
    call_command("seed_demo")
    assert OpeningHours.objects.filter(weekday=4).count() == 2


def test_an_account_that_worked_on_a_real_request_is_kept_switched_off(seeded, a_real_request):
    user = get_user_model().objects.get(username="frontdesk")
    a_real_request.take(by=user, now=timezone.now())
    call_command("seed_demo", "--remove")
    user.refresh_from_db()
    assert not user.is_active


def test_a_readers_own_reply_keeps_its_article(seeded):
    article = Article.objects.get(slug=Article.DAY_READ)
    Reply(article=article, name="Ben", text="A real reply.").receive(sender="x", now=timezone.now())
    call_command("seed_demo", "--remove")
    assert [one.name for one in Reply.objects.all()] == ["Ben"]


def test_a_name_of_its_own_takes_the_mark_away(seeded, signed_in, django_user_model):
    owner = django_user_model.objects.create_superuser("owner", password="a long enough password")
    as_owner = signed_in(owner)
    page = as_owner.get("/admin/clinic/practice/1/change/")
    typed = {name: value for name, value in page.context["adminform"].form.initial.items() if value}
    typed |= {"phone": "+12125550100"}
    as_owner.post("/admin/clinic/practice/1/change/", typed)
    assert Practice.objects.get().is_sample
    as_owner.post("/admin/clinic/practice/1/change/", typed | {"name": "Beacon Clinic"})
    assert not Practice.objects.get().is_sample
    page = as_owner.get("/").content.decode()
    assert "Beacon Clinic" in page and "Beacon Clinic</b> (sample)" not in page
    assert "Sample content" not in page


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
