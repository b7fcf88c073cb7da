"""Every address that the site has, from the URLconf itself, and one thing for each address to be about."""

import re
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import ActionLocation
from django.contrib.contenttypes.models import ContentType
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from appointments.models import Receipt
from articles.models import Article, Contributor, Picture, Reply, Topic, Version
from articles.previews import preview_address
from clinic.audit import Action, write
from clinic.models import Closure, CrisisLine, OpeningHours
from clinic.sign_in.models import Invitation

APP_LIST = re.compile(r"\^\(\?P<app_label>(.*)\)/\$")
PICTURE = "pictures/<name>"
# What is treated otherwise than others of its kind. Elsewhere an article is a draft, a colleague works at the desk.
VARIANTS = [
    *(f"admin/articles/article/<id>/{verb}/ of-a-public-one" for verb in ("change", "delete")),
    *(
        f"admin/clinic/colleague/<id>/{verb}/ of-{whom}"
        for verb in ("change", "invite")
        for whom in ("a-manager", "an-owner", "themselves")
    ),
]
ANSWERS = {
    "move": {"to": "reaching", "seen": "received"},
    "note": {"kind": "desk", "text": "x", "seen": "0"},
    "correct": {"try": "1", "outcome": "no_answer"},
    "delete": {"post": "yes"},
}


def routes():
    """The addresses as the table writes them: without the names of converters, actions after a colon."""
    for route in map(_plain, _walk(get_resolver().url_patterns)):
        apps_of = APP_LIST.search(route)
        yield from (f"admin/{app}/" for app in apps_of[1].split("|")) if apps_of else [route]
    for model, desk in admin.site._registry.items():
        yield from _actions(f"admin/{model._meta.app_label}/{model._meta.model_name}/", desk)
    yield from VARIANTS


def _actions(base, desk):
    if desk.actions is None:
        return
    places = {ActionLocation.CHANGE_LIST: base, ActionLocation.CHANGE_FORM: f"{base}<id>/change/"}
    for place, route in places.items():
        for action in desk._get_base_actions(action_location=place):
            yield f"{route}:{action.name}"


def _walk(patterns, before=""):
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route


def _plain(route):
    if route.startswith("^pictures/"):
        return PICTURE
    route = re.sub(r"<(\w+:)?(object_id|pk|id)>", "<id>", route)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", route).replace("(?P<url>.*)$", "no-such-page/") or "/"


class Things:
    """One of each kind of thing, and the address of each page about it."""

    def __init__(self, people, nurse, requests, draft, public):
        now = timezone.now()
        self.people, self.draft, self.public = people, draft, public
        self.wanted, self.arranged, self.offered = requests
        soon = now + timedelta(days=3)
        self.arranged.arrange(soon, (nurse, 30, "phone"), by=nurse, now=now)
        self.offered.offer_times(
            [soon + timedelta(days=1)], (nurse, 30, "phone"), by=nurse, now=now
        )
        writer = Contributor.objects.create(name="Sample Writer", slug="sample-writer")
        Article.objects.filter(pk=public.pk).update(author=writer)
        self.version = Version.objects.keep(draft, by="editor", now=now)
        Reply(article=public, name="Blue", text="It helped.").receive(sender="a place", now=now)
        Picture.objects.create(
            title="Chair", alt="A chair.", digest="0" * 32, width=960, height=640
        )
        OpeningHours.objects.create(weekday=6, opens="09:00", closes="12:00")
        Closure.objects.create(first_day="2026-12-24", last_day="2026-12-26")
        CrisisLine.objects.create(label="A line", call_number="988")
        Receipt.objects.create(at=now)
        write(nurse, Action.VIEWED, self.wanted, now=now)
        self.invitation = Invitation.make(people["invited"], by=None, now=now)
        self.passkey = Authenticator.objects.create(user=nurse, type="webauthn", data={})

    def path(self, route, me):
        """The address of a route of the table. Args: me is who asks, or None."""
        path, _, variant = route.partition(" of-")
        path = path.partition(":")[0]
        filled = {
            "<content_type_id>": ContentType.objects.get_for_model(Article).pk,
            "<id>": self._number(path, variant, me),
            "<slug>": self._slug(path),
            "<section>": "articles",
            "<draft>": "x",
            "<token>": self._token(path),
            "<name>": f"{'0' * 32}-480.webp",
        }
        for name, value in filled.items():
            path = path.replace(name, str(value))
        return f"/{path.lstrip('/')}"

    def typed(self, route, me):
        """What a POST must say before the site looks at anything but the right to send it."""
        path, _, action = route.partition(":")
        if action:
            prefix = "CHANGE_FORM-" if path.endswith("change/") else ""
            row = self._number(f"{path}<id>/", "", me)
            return {f"{prefix}action": action, "_selected_action": [row], "reason": "law"}
        verb = path.partition(" of-")[0].rstrip("/").rpartition("/")[2]
        of_rows = {
            "join": {"other": str(self.arranged.pk)},
            "apart": {"other": str(self.arranged.pk)},
            "choose": {"time": self.offered.standing_offers(timezone.now())[0].pk},
            "restore": {"version": self.draft.versions.first().pk},
        }
        return {**ANSWERS, **of_rows}.get(verb, {})

    def _number(self, path, variant, me):
        chosen = {
            "a-public-one": self.public,
            "a-manager": self.people["manager"],
            "an-owner": self.people["owner"],
            "themselves": me or self.people["owner"],
        }
        kinds = {
            "admin/articles/article/": self.draft,
            "admin/r/": self.draft,
            "admin/appointments/consultationrequest/": self.wanted,
            "admin/clinic/colleague/": self.people["desk"],
            "staff/": self.passkey,
        }
        known = [row for start, row in kinds.items() if path.startswith(start)]
        if variant or known:
            return (chosen.get(variant) or known[0]).pk
        if "<id>" not in path:
            return ""
        return apps.get_model(*path.split("/")[1:3]).objects.order_by("pk").first().pk

    def _slug(self, path):
        if "people" in path:
            return "sample-writer"
        return Topic.objects.first().slug if "topics" in path else self.public.slug

    def _token(self, path):
        if "preview" in path:
            return preview_address(self.draft, self.people["owner"]).split("/")[-2]
        if "invitation" in path:
            return self.invitation
        wanted = self.offered if "choose" in path else self.wanted
        wanted = self.arranged if "appointment" in path else wanted
        return wanted.get_absolute_url().split("/")[-2]
