"""A machine sends many requests from one address at the same moment, to several processes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.test_nothing_is_lost_or_doubled import COUNTS, open_form, send
from tests.live import LiveSite

pytestmark = pytest.mark.slow
MOST = 8  # requests from one address in an hour
SENT = 40


@pytest.fixture
def site(tmp_path, model_site):
    site = LiveSite(tmp_path, like=model_site)
    site.environment["CLINIC_REQUESTS_PER_HOUR"] = str(MOST)
    try:
        site.prepare()
        site.start(web_workers=3)
        yield site
    finally:
        site.remove()


def test_the_limit_of_one_address_holds_for_requests_that_are_sent_at_once(site):
    forms = {f"At once {number:02}": open_form(site) for number in range(SENT)}
    with ThreadPoolExecutor(SENT) as machine:
        answers = list(machine.map(lambda name: send(site, forms[name], name)[0], forms))
    assert sorted(answers) == [303] * MOST + [429] * (SENT - MOST)
    stored = site.ask_database(COUNTS)
    assert len(stored.keys() & forms.keys()) == MOST
    marked = "sum('many' in r.suspicions for r in ConsultationRequest.objects.real())"
    assert site.ask_database(marked) == MOST - 5
