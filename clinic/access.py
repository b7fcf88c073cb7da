"""One line for each request that changes, fails or is refused, and for each of staff's: never who read what.

That someone at an address opened a page of a clinic is health data, and no fault was ever found by it. So readers leave
no line. A line holds the route's name and never its address, and of the network address a fingerprint that is another
one tomorrow.
"""

import logging
import time

from django.db import DatabaseError
from django.utils import timezone

from clinic import logs, traps

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}
SAFE = {"GET", "HEAD"}
OF_STAFF = ("admin:", "account_", "mfa_", "staff_")  # routes of the desk and of its sign-in
NO_ROUTE = "-"
log = logging.getLogger("clinic.access")


class Access:
    """Around everything but /healthz and /readyz."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with logs.one_request():
            began = time.perf_counter()
            response = self.get_response(request)
            if _is_worth_a_line(request, response):
                seconds = time.perf_counter() - began
                level = logging.WARNING if response.status_code >= 400 else logging.INFO
                log.log(level, "Answered.", extra={"facts": _facts(request, response, seconds)})
            return response


def method_of(request):
    """Its name if it is one that exists: what anyone may type is no fact of ours."""
    return request.method if request.method in METHODS else "other"


def route_of(request):
    """The name of the route, of which there are only so many."""
    return request.resolver_match.view_name if request.resolver_match else NO_ROUTE


def _is_worth_a_line(request, response):
    is_reading = request.method in SAFE and response.status_code < 400
    return not is_reading or route_of(request).startswith(OF_STAFF)


def _facts(request, response, seconds):
    facts = {
        "method": method_of(request),
        "route": route_of(request),
        "status": response.status_code,
        "ms": round(seconds * 1000),
        "from": traps.sender_today(request, timezone.now()),
    }
    if staff := _staff(request):
        facts["staff"] = staff
    return facts


def _staff(request):
    """The number of the account that is signed in. Visitors have none, and are not asked for a session."""
    if not route_of(request).startswith(OF_STAFF) or not hasattr(request, "user"):
        return None
    try:
        return request.user.pk
    except DatabaseError:
        return None
