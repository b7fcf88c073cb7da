"""Who may open and send what: one table for every address of the site, tried by everyone, and the line that each leaves.

The table is who_may_do_what.txt beside this. An address that the URLconf has and the table has not fails here.
"""

from copy import copy
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client

from clinic.audit import AuditLine, Outcome
from tests.clinic.doors.addresses import Things, routes
from tests.sign_in import recovery_codes_of

pytestmark = pytest.mark.ignore_template_errors
TABLE = Path(__file__).with_name("who_may_do_what.txt")
LETTERS = {
    "s": "stranger",
    "n": "nobody",
    "e": "Editor",
    "f": "Front desk",
    "c": "Clinician",
    "m": "Manager",
    "o": "owner",
}
REFUSALS = {403, 404, 405}
SIGN_IN = ("/staff/login/", "/admin/login/")


def rows():
    """Route, and for each method who may and the line that it leaves."""
    for text in TABLE.read_text("utf-8").splitlines():
        if text and not text.startswith("#"):
            route, get, got, post, posted = text.rsplit(maxsplit=4)
            yield route, {"GET": (get, got), "POST": (post, posted)}


@pytest.fixture
def who(staff, signed_in, django_user_model):
    """Args: a letter of the table. Gives the account, or None, and the browser."""

    def make(letter):
        if letter == "s":
            return None, Client()
        if letter == "o":
            user = django_user_model.objects.create_superuser("the-owner")
        else:
            user = staff(None if letter == "n" else LETTERS[letter])
        recovery_codes_of(user)
        return user, signed_in(user)

    return make


@pytest.fixture
def things(django_user_model, a_request, an_article):
    def colleague(name, role="Front desk"):
        made = django_user_model.objects.create_user(f"another-{name}", is_staff=True)
        made.groups.add(Group.objects.get(name=role))
        return made

    people = {name: colleague(name) for name in ("desk", "invited")}
    people["manager"] = colleague("manager", "Manager")
    people["owner"] = django_user_model.objects.create_superuser("another-owner")
    requests = [a_request(phone=f"+1212555010{n}", email=f"{n}@example.com") for n in range(3)]
    clinician = colleague("clinician", "Clinician")
    return Things(
        people, clinician, requests, an_article(published=False), an_article(takes_replies=True)
    )


def tried(me, browser, things, route, method):
    """Whether it was let through, and the lines that it left. Nothing else of it stays."""
    cookies = copy(browser.cookies)  # one of the doors is the way out
    last = AuditLine.objects.values_list("pk", flat=True).first() or 0
    typed = things.typed(route, me) if method == "POST" else {}
    with transaction.atomic():
        answer = getattr(browser, method.lower())(things.path(route, me), typed)
        left = list(AuditLine.objects.filter(pk__gt=last).order_by("pk"))
        transaction.set_rollback(True)
    browser.cookies = cookies
    _, _, action = route.partition(":")
    if action:  # one that is not theirs is not carried out, and the list says so
        return any(line.door.endswith(f":{action}") for line in left), left
    to = answer.get("Location", "")
    was_sent_to_sign_in = to.startswith(SIGN_IN) and not route.endswith("logout/")
    return not (was_sent_to_sign_in or answer.status_code in REFUSALS), left


def is_right(left, letter, is_let_in, leaves):
    """What is done leaves the line of the table; who signed in and was kept out, one of that; a stranger, none."""
    if letter == "s":
        return left == []
    if is_let_in:
        return "+".join(line.action for line in left) == leaves.replace("-", "")
    return len(left) == 1 and left[0].outcome != Outcome.DONE


def test_every_address_of_the_site_stands_in_the_table_once(db):
    assert sorted(route for route, _ in rows()) == sorted(set(routes()))


@pytest.mark.parametrize("letter", LETTERS, ids=LETTERS.get)
def test_each_opens_their_own_doors_only_and_each_door_leaves_its_line(letter, who, things):
    me, browser = who(letter)
    wrong = []
    for route, methods in rows():
        sent = {method: row for method, row in methods.items() if row[1] != "none"}
        for method, (allowed, leaves) in sent.items():
            is_let_in, left = tried(me, browser, things, route, method)
            of_the_record = route.startswith("admin/") and ":" not in route
            if is_let_in != (letter in allowed):
                wrong.append(f"{method} {route} {'lets in' if is_let_in else 'keeps out'}")
            elif of_the_record and not is_right(left, letter, is_let_in, leaves):
                wrong.append(f"{method} {route} leaves {[(x.action, x.outcome) for x in left]}")
    assert wrong == []
