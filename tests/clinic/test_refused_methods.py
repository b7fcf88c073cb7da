"""TRACE and its like send a request back, cookies included: no address of the site answers them."""

import pytest

from tests.clinic.test_every_address import ROUTES, named


@pytest.mark.ignore_template_errors
@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_no_address_answers_trace(client, practice, route):
    for method in ("TRACE", "TRACK", "CONNECT"):
        page = client.generic(method, route[1])
        assert page.status_code == 405, method
        assert page["X-Content-Type-Options"] == "nosniff"
