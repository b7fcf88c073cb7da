"""What is done anew for each page of the desk, once a worker is warm: few statements, and few boxes of forms."""

from collections import Counter

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.forms.boundfield import BoundField
from django.template.base import VariableNode
from django.test.utils import CaptureQueriesContext

from appointments.models import Status
from clinic import facts

pytestmark = pytest.mark.ignore_template_errors
QUEUE = "/admin/appointments/consultationrequest/"


@pytest.fixture
def work(monkeypatch):
    """Counts what Django does: the boxes of forms it makes, the values it shows."""
    done = Counter()

    def watch(owner, name, called):
        act = getattr(owner, name)

        def acting(*args, **kwargs):
            done[called] += 1
            return act(*args, **kwargs)

        monkeypatch.setattr(owner, name, acting)

    watch(BoundField, "as_widget", "boxes")
    watch(VariableNode, "render", "values")
    return done


@pytest.fixture
def opened(at_the_desk, work):
    """Open a page twice; what the second time took: statements, and the work above."""

    def look(address):
        assert at_the_desk.get(address).status_code == 200
        facts.current()
        work.clear()
        with CaptureQueriesContext(connection) as asked:
            at_the_desk.get(address)
        return {**work, "statements": len(asked), "asked": [one["sql"] for one in asked]}

    return look


@pytest.mark.parametrize("which", ["", "?which=overdue", "?which=mine", "?which=all"])
def test_the_queue_takes_few_statements_and_makes_no_box(opened, a_request, which):
    a_request()
    took = opened(QUEUE + which)
    assert took["statements"] <= 8
    assert "boxes" not in took


def test_a_longer_queue_has_no_more_values_to_show(opened, a_request):
    """A line's words are put into their places; Django's templates are not asked for each of them."""
    a_request()
    one = opened(QUEUE)
    for _ in range(9):
        a_request()
    ten = opened(QUEUE)
    assert ten["values"] - one["values"] < 10


def test_one_request_takes_few_statements_and_makes_few_boxes(opened, a_request):
    took = opened(f"{QUEUE}{a_request().pk}/change/")
    assert took["statements"] <= 20
    assert took["boxes"] <= 4  # when to try next, and the note's three


def test_the_front_page_counts_the_sections_once(opened, a_request):
    a_request()
    took = opened("/admin/")
    assert took["statements"] <= 16
    assert len([sql for sql in took["asked"] if "in_flagged" in sql]) == 1


def test_who_may_not_act_sees_the_same_lines_without_boxes_to_tick(staff, signed_in, a_request):
    wanted = a_request()
    user = staff()
    of_requests = Permission.objects.filter(codename="view_consultationrequest")
    user.user_permissions.add(*of_requests)
    page = signed_in(user).get(QUEUE).content.decode()
    assert wanted.reference in page
    assert 'name="_selected_action"' not in page


def test_a_form_that_came_back_keeps_what_was_typed(at_the_desk, a_request):
    wanted = a_request(status=Status.RECEIVED)
    typed = {"first": "no date", "minutes": "60", "how": "video"}
    page = at_the_desk.post(f"{QUEUE}{wanted.pk}/offer/", typed)
    assert page.status_code == 422
    assert 'value="no date"' in page.content.decode()
    after = at_the_desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    assert "no date" not in after
