"""Whatever anyone typed anywhere, every page, mail, feed and export shows it as text and runs none of it."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from appointments import exports
from appointments.models import ConsultationRequest, Note, Notice
from articles.models import Article, Contributor, Reply
from articles.previews import preview_address
from clinic import facts
from clinic.models import Closure, Practice
from tests.clinic.hostile import TEXTS, alive_in, fill
from tests.clinic.test_every_address import ROUTES

QUEUE = "/admin/appointments/consultationrequest/"
pytestmark = [pytest.mark.ignore_template_errors, pytest.mark.slow]
KINDS = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture
def everything(a_request, an_article, nurse, admin_user):
    """One of everything that people type, each tied to the others."""
    now = timezone.now()
    Closure.objects.create(first_day=now, last_day=now + timedelta(days=3), reason="Snow")
    Practice.objects.update(accepts_requests=True)
    writer = Contributor.objects.create(name="Writer", slug="writer", credentials="MD")
    other = Contributor.objects.create(
        name="Reviewer", slug="reviewer", credentials="MD", user=nurse
    )
    article = an_article(author=writer)
    Article.objects.filter(pk=article.pk).update(
        takes_replies=True, reviewed_by=other, reviewed_on=now
    )
    article.change_notes.create(made_on=now.date(), reason="a new trial")
    an_article(published=False)
    for name in ("Approved", "Waiting"):
        reply = Reply(article=article, name=name, text=f"{name} words of a reader.")
        reply.receive(sender=name, now=now)
    Reply.objects.order_by("pk").first().approve(by=nurse, now=now)
    wanted = a_request(message="I want to die", relation="sister")
    wanted.write_note(Note.Kind.DESK, "A note.", seen=0, by=nurse, now=now)
    a_request(name="Ana", phone="+12125550124", email="other@example.com")
    return wanted


def addresses(wanted):
    """Every address of the site, with rows that are there in the place of made-up ones."""
    slug = Article.objects.exclude(published_at=None).get().slug
    for _, path in ROUTES:
        found = re.match(r"/admin/(\w{2,})/(\w+)/1/", path)
        there = path.replace("/1/", f"/{first_of(*found.groups())}/", 1) if found else path
        if "logout" not in path:
            yield there.replace("article-1", slug)
    status = wanted.get_absolute_url()
    yield from (status, f"{status}change/", f"{status}withdraw/", f"{QUEUE}?q=zz&which=all")
    owner = User.objects.filter(is_superuser=True).first()
    yield from (preview_address(one, owner) for one in Article.objects.all())
    yield from ("/articles/people/writer/", "/articles/topics/anxiety/", "/es/request/details/")
    yield from ("/articles/topics/anxiety/feed/", "/articles/search/?q=zz+onzz", "/admin/?q=<zz>")


def first_of(app, model):
    row = apps.get_model(app, model)._base_manager.order_by("pk").first()
    return row.pk if row else 1


@KINDS
def test_no_page_runs_what_a_row_holds(everything, admin_user, signed_in, client, text):
    fill(text)
    facts.forget()
    staff = signed_in(admin_user)
    shown, found = 0, {}
    for path in set(addresses(everything)):
        for who, browser in (("a stranger", client), ("staff", staff)):
            page = browser.get(path)
            assert page.status_code < 500, path
            shown += b"zz" in page.content
            if alive := alive_in(page):
                found[who, path] = alive
    assert found == {}
    assert shown > 30  # or this has shown nothing


@KINDS
def test_no_page_runs_what_was_just_sent(everything, admin_user, signed_in, answers, text):
    visitor, staff = Client(), signed_in(admin_user)
    typed = {"name": text, "message": text, "relation": text, "phone": text, "email": text}
    sent = [visitor.post("/request/details/", answers(**typed))]
    sent += [visitor.post("/request/details/", answers(send=None, name=text, message=text))]
    sent += [visitor.post("/request/details/", answers(name=text, message=text))]
    sent += [visitor.post("/articles/article-1/reply/", {"name": text, "text": text})]
    sent += [visitor.get("/articles/search/", {"q": text, "page": text})]
    sent += [
        visitor.get(f"/articles/{quote(text)}/"),
        visitor.get(f"/request/status/{quote(text)}/"),
    ]
    sent += [staff.post(f"{QUEUE}find/", {"text": text})]
    sent += [staff.get(QUEUE, {"q": text, "which": text, "o": text, "zz": text}, follow=True)]
    sent += [staff.post("/admin/login/", {"username": text, "password": text, "next": text})]
    for action in ("move", "note", "try", "assign", "arrange", "offer", "join", "clear"):
        posted = {
            "to": text,
            "seen": text,
            "text": text,
            "note": text,
            "kind": text,
            "reason": text,
        }
        sent += [staff.post(f"{QUEUE}{everything.pk}/{action}/", posted, follow=True)]
    for path in ("clinic/practice/1", "articles/topic/1", "clinic/closure/1", "auth/group/add"):
        posted = {"name": text, "tagline": text, "introduction": text, "reason": text}
        change = "" if path.endswith("add") else "/change"
        sent += [staff.post(f"/admin/{path}{change}/", posted, follow=True)]
    assert max(page.status_code for page in sent) < 500
    assert [alive for page in sent if (alive := alive_in(page))] == []


@KINDS
def test_mail_stays_what_it_was(everything, text):
    before = written()
    fill(text)
    facts.forget()
    Notice.objects.update(sent_at=None, due_at=timezone.now() - timedelta(minutes=1))
    after = written()
    assert after.keys() == before.keys() and len(before) == 3
    for kind, mails in after.items():
        assert recipients(mails) == recipients(before[kind])
        for message in mails:
            raw = message.message()
            assert not {"bcc", "cc"} & {name.lower() for name, _ in raw.items()}
            assert "zz" not in str(raw["Subject"]) + message.body


@KINDS
def test_a_table_that_was_taken_out_holds_no_formula(everything, text):
    fill(text)
    (*rows,) = csv.DictReader(io.StringIO(exports.as_csv(ConsultationRequest.objects.all())[1:]))
    assert len(rows) == 2
    assert "zz" in rows[0]["Name"]
    for cell in (cell for row in rows for cell in row.values()):
        assert not cell.startswith(exports.STARTS_A_FORMULA)


def recipients(mails):
    return sorted(address for message in mails for address in message.recipients())


def written():
    """The mails that go out now, by what they are about."""
    mail.outbox.clear()
    call_command("worker", "--once")
    by_kind = {}
    for message in mail.outbox:
        by_kind.setdefault(message.extra_headers["Message-ID"].partition(".")[0], []).append(
            message
        )
    return by_kind
