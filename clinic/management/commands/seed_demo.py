"""A whole site to look at: a sample practice, its articles, one account a role, and forty sample requests."""

import os
import random
import secrets
import tomllib
from contextlib import suppress
from datetime import time, timedelta
from html import unescape
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, ProtectedError
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import slugify

from appointments.models import ClosingReason, ConsultationRequest, Merge, Status
from articles.models import Article, Contributor, Reference, Reply, Topic
from clinic import facts
from clinic.audit import AuditLine
from clinic.models import Closure, CrisisLine, OpeningHours, Practice

SAMPLES = 40
ARTICLES = Path(__file__).resolve().parents[3] / "articles" / "demo"
ROLES = {
    "frontdesk": "Front desk",
    "clinician": "Clinician",
    "editor": "Editor",
    "manager": "Manager",
}
MESSAGES = [
    "This is a sample message. What happens at a first visit?",
    "This is a sample message. I take other medicines. Does that matter?",
    "This is a sample message. How much would it cost without insurance?",
    "This is a sample message. I am nervous about calling. Email is easier.",
    "",
]
TO_A_HUMAN = (
    "This is a sample message. It says “I want to die”, so that a person looks at it first."
)
TO_A_HUMAN_FIRST = 36  # the number of the sample that says so
# Name, words, and whether an editor has approved it.
REPLIES = [
    ("Sample reader 1", "This is a sample reply. It helped to know what the day is like.", True),
    ("Sample reader 2", "This is a sample reply.\n\nIt has two parts, and it shows both.", True),
    ("Sample reader 3", "This is a sample reply. It waits for someone to read it.", False),
]
# The way each sample went; the last step is where it stands now.
ROUTES = [
    [],
    [Status.REACHING],
    [Status.REACHING, Status.WAITING],
    [Status.REACHING, Status.ARRANGED],
    [Status.REACHING, Status.ARRANGED, Status.CLOSED],
    [Status.REACHING, Status.CLOSED],
]
SAMPLE_PRACTICE = {
    "name": "Harbor Light Clinic",
    "tagline": "Clear answers about ketamine and mental health, at your own pace",
    "phone": "+12125550100",
    "address": "1 Sample Street\nSampletown, NY 10001",
    "states_served": ["CT", "NJ", "NY"],
}
SAMPLE_HOURS = [
    (weekday, time(opens), time(closes))
    for weekday in range(5)
    for opens, closes in ((9, 12), (13, 17))
]
SAMPLE_CLOSURE = "Staff training (sample)"
SAMPLE_CONTRIBUTOR = {"name": "Sample Clinician", "credentials": "a sample account, not a person"}
# Not "could not be reached": that one needs tries that these samples do not have.
ENDINGS = [reason for reason in ClosingReason.values if reason != ClosingReason.NOT_REACHED]


class Command(BaseCommand):
    help = "Fill an empty site with sample content. Never on a database that holds real requests."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing on a site in use; print the demo accounts of this database, if it has any",
        )
        parser.add_argument(
            "--remove",
            action="store_true",
            help="take away, at any time, what is sample and was not changed",
        )

    def handle(self, *, if_empty, remove, **options):
        self.seed(if_empty=if_empty, remove=remove)
        if if_empty:
            file = sign_in_file()
            self.stdout.write(file.read_text("utf-8") if file.exists() else "", ending="")
        else:
            self.stdout.write(f"Sample content {'was removed' if remove else 'is in place'}.")

    def seed(self, *, if_empty, remove):
        if remove:
            with transaction.atomic():
                self.take_away()
            return
        if if_empty and (ConsultationRequest.objects.real().exists() or Practice.objects.exists()):
            return
        if ConsultationRequest.objects.real().exists():
            raise CommandError("This database holds real requests. Sample content stays out of it.")
        with transaction.atomic():
            self.take_away()
            if Practice.objects.exists():
                raise CommandError(
                    "This site has a practice of its own. Sample content stays out of it."
                )
            self.fill()

    def take_away(self):
        """Delete what is sample and still as it was made. What someone has changed, or real rows hang on, stays."""
        with_real = Merge.objects.filter(kept__is_sample=True, joined__is_sample=False)
        ConsultationRequest.objects.samples().exclude(pk__in=with_real.values("kept")).delete()
        self.take_articles_away()
        for contributor in Contributor.objects.filter(**SAMPLE_CONTRIBUTOR):
            _delete_unless_needed(contributor)
        self.take_practice_away()
        accounts = get_user_model().objects.filter(
            username__in=ROLES, email__endswith="@sample.invalid"
        )
        looked = Exists(AuditLine.objects.filter(by=OuterRef("pk")))
        for account in accounts.exclude(looked):
            _delete_unless_needed(account)
        accounts.update(is_active=False)  # the record of who looked, and history, keep their names

    def take_articles_away(self):
        sample_replies = {(name, text) for name, text, _is_approved in REPLIES}
        for article in Article.objects.filter(is_sample=True):
            replies = list(article.replies.all())
            real = [one for one in replies if (one.name, one.text) not in sample_replies]
            if _is_as_made(article) and not real:
                article.delete()
                continue
            for one in set(replies) - set(real):
                one.delete()
        for topic in _read("topics")["topic"]:
            for stored in Topic.objects.filter(articles=None, articles_also=None, **topic):
                _delete_unless_needed(stored)

    def take_practice_away(self):
        """The opening hours go with the sample practice, those of its own rows that nobody has changed."""
        Closure.objects.filter(reason=SAMPLE_CLOSURE).delete()
        practice = Practice.objects.filter(is_sample=True).first()
        if practice is None or any(
            getattr(practice, name) != value for name, value in SAMPLE_PRACTICE.items()
        ):
            return
        practice.delete()
        for weekday, opens, closes in SAMPLE_HOURS:
            OpeningHours.objects.filter(weekday=weekday, opens=opens, closes=closes).delete()

    def fill(self):
        now = timezone.now()
        self.make_practice(now)
        self.make_articles(now)
        staff = self.make_staff()
        self.make_replies(now)
        self.make_requests(now, staff)

    def make_practice(self, now):
        Practice.objects.create(pk=Practice.THE_ONE, is_sample=True, **SAMPLE_PRACTICE)
        for weekday, opens, closes in SAMPLE_HOURS:
            OpeningHours.objects.get_or_create(weekday=weekday, opens=opens, closes=closes)
        Closure.objects.create(
            first_day=(now + timedelta(days=30)).date(),
            last_day=(now + timedelta(days=31)).date(),
            reason=SAMPLE_CLOSURE,
        )
        CrisisLine.objects.update(verified_on=now.date())

    def make_articles(self, now):
        for topic in _read("topics")["topic"]:
            Topic.objects.get_or_create(slug=topic["slug"], defaults=topic)
        files = sorted(path.stem for path in ARTICLES.glob("*.toml") if path.stem != "topics")
        articles = []
        kept = set(Article.objects.values_list("slug", flat=True))  # someone has changed them
        for name in files:
            data = _read(name)
            if data["slug"] in kept:
                continue
            references, further = data.pop("references"), data.pop("also_about", [])
            topic = Topic.objects.get(slug=data.pop("topic"))
            article = Article.objects.create(topic=topic, is_sample=True, **data)
            article.also_about.set(Topic.objects.filter(slug__in=further))
            for position, reference in enumerate(references, start=1):
                Reference.objects.create(article=article, position=position, **reference)
            articles.append(article)
        for age, article in enumerate(articles, start=1):
            article.publish(now=now - timedelta(days=3 * age), alongside=files)

    def make_staff(self):
        """One account a role, with a password made up for this database and kept in one private file."""
        password = secrets.token_urlsafe(12)
        hashed = make_password(password)  # once: it takes a third of a second, on purpose
        for username, role in ROLES.items():
            user, _ = get_user_model().objects.update_or_create(
                username=username,
                defaults={
                    "email": f"{username}@sample.invalid",
                    "password": hashed,
                    "first_name": "Sample",
                    "last_name": role,
                    "is_staff": True,
                    "is_active": True,
                },
            )
            user.groups.set([Group.objects.get(name=role)])
        _write_privately(
            sign_in_file(),
            f"Sign in as {', '.join(ROLES)}\nPassword   {password}\n",
        )
        clinician = get_user_model().objects.get(username="clinician")
        Contributor.objects.get_or_create(**SAMPLE_CONTRIBUTOR, defaults={"user": clinician})
        return get_user_model().objects.get(username="frontdesk")

    def make_replies(self, now):
        """Under one article, so that the others show how they look without."""
        article = Article.objects.get(slug=Article.DAY_READ)
        Article.objects.filter(pk=article.pk).update(takes_replies=True)
        editor = get_user_model().objects.get(username="editor")
        for age, (name, text, is_approved) in enumerate(reversed(REPLIES), start=1):
            received_at = now - timedelta(days=age)
            reply = Reply(article=article, name=name, text=text)
            reply.receive(sender=f"sample {age}", now=received_at)
            if is_approved:
                reply.approve(by=editor, now=received_at + timedelta(hours=5))

    def make_requests(self, now, staff):
        drawn = random.Random(4)  # noqa: S311 (the same samples each time; guards nothing)
        # A topic about suicide would put each of them first.
        usual = Topic.objects.filter(is_about_suicide=False).order_by("slug")
        topics = list(usual.values_list("slug", flat=True))
        for number in range(1, SAMPLES + 1):
            age = timedelta(hours=drawn.uniform(0.2, 30) if number > 28 else drawn.uniform(30, 600))
            route = [] if number > 28 else ROUTES[number % len(ROUTES)]
            received_at = now - age
            wanted = _sample(number, drawn, topics).receive(
                form_key=secrets.token_urlsafe(24), practice=facts.fresh(), now=received_at
            )
            for step, status in enumerate(route, start=1):
                reason = drawn.choice(ENDINGS) if status == Status.CLOSED else ""
                at = received_at + age * step / (len(route) + 1)
                wanted.move_to(status, by=staff, now=at, reason=reason)
            if wanted.status in (Status.REACHING, Status.WAITING) and number % 2:
                wanted.take(by=staff, now=now)
            wanted.notices.update(sent_at=received_at + timedelta(minutes=1))


def _sample(number, drawn, topics):
    """Numbers 0100 to 0199 of an exchange 555 are set aside for examples; .invalid reaches no one (RFC 2606)."""
    wants_phone = drawn.random() < 0.7
    message = TO_A_HUMAN if number == TO_A_HUMAN_FIRST else drawn.choice(MESSAGES)
    return ConsultationRequest(
        is_sample=True,
        name=f"Sample {number:02}",
        phone=f"+1212555{100 + number:04}",
        email="" if wants_phone else f"sample{number:02}@sample.invalid",
        preferred_channel="phone" if wants_phone else "email",
        state=drawn.choice(["CT", "NJ", "NY"]),
        may_leave_voicemail=wants_phone and number % 2 == 0,
        may_say_who_calls=wants_phone and number % 3 == 0,
        days=drawn.choice([[], [], [0, 2], [1, 3, 4]]),
        parts_of_day=drawn.choice([[], [], ["morning"], ["afternoon", "evening"]]),
        topics="\n".join(drawn.sample(topics, drawn.choice([0, 1, 1, 2]))),
        message=message.replace("a sample message", f"sample message {number}"),
        consent_version="sample",
    )


def _is_as_made(article):
    """Whether its words are still those that it was made with."""
    file = ARTICLES / f"{article.slug}.toml"
    made = _read(article.slug) if file.is_file() else {"slug": None}
    apart = ("topic", "also_about", "references")
    return all(
        _words(getattr(article, name)) == _words(made[name]) for name in made if name not in apart
    )


def _words(value):
    """A value, or the letters of a text: storing it puts its tags and blanks in order."""
    return "".join(unescape(strip_tags(value)).split()) if isinstance(value, str) else value


def _delete_unless_needed(row):
    """Delete it, unless a row that stays needs it."""
    with suppress(ProtectedError), transaction.atomic():
        row.delete()


def _read(name):
    return tomllib.loads((ARTICLES / f"{name}.toml").read_text("utf-8"))


def sign_in_file():
    """The private file that names the demo accounts and their password: one for each database."""
    if connection.vendor == "sqlite":
        return settings.VAR / "demo-sign-in.txt"
    place = [
        os.environ.get("PGHOST", ""),
        os.environ.get("PGPORT", ""),
        connection.settings_dict["NAME"],
    ]
    return settings.VAR / f"demo-sign-in-{slugify('-'.join(filter(None, place)))}.txt"


def _write_privately(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
