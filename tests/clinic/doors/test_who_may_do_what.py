"""Who may open and send what: one table for every address of the site, tried by everyone, and the line that each leaves.

The table is who_may_do_what.txt beside this. An address that the URLconf has and the table has not fails here.
"""

from copy import copy
from pathlib import Path

import pytest
from django.db import transaction

from clinic.audit import AuditLine, Outcome
from tests.clinic.doors.addresses import routes
from tests.clinic.doors.conftest import LETTERS

pytestmark = pytest.mark.ignore_template_errors
TABLE = Path(__file__).with_name("who_may_do_what.txt")
REFUSALS = {403, 404, 405}
SIGN_IN = ("/staff/login/", "/admin/login/")


def rows():
    """Route, and for each method who may and the line that it leaves."""
    for text in TABLE.read_text("utf-8").splitlines():
        if text and not text.startswith("#"):
            route, get, got, post, posted = text.rsplit(maxsplit=4)
            yield route, {"GET": (get, got), "POST": (post, posted)}


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
