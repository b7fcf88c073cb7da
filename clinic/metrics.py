"""Figures for Prometheus, if CLINIC_METRICS switches them on: counts and times, and nothing about anyone.

Each process of the web server counts in a file of its own; `manage.py metrics` adds them up, adds what the database
tells, and serves both on this machine alone (docs/decisions/0029). Labels are route names, methods and statuses, of
which there are only so many: nothing that anyone typed.
"""

import os
import time
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from clinic import health
from clinic.access import method_of, route_of

REQUESTS = Counter("clinic_http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "clinic_http_request_seconds",
    "Time to answer, by route.",
    ["route"],
    buckets=[0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10],
)
# Functions that, given a moment, tell more from the database: triples of a name, what it means, and a number.
# clinic/apps.py knows them.
told = []


class Counted:
    """Counts each answer and how long it took. Only in MIDDLEWARE where figures are on."""

    def __init__(self, get_response):
        self.get_response = get_response
        make_folder()

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        route = route_of(request)
        SECONDS.labels(route).observe(time.perf_counter() - began)
        REQUESTS.labels(method_of(request), route, response.status_code).inc()
        return response


class FromTheDatabase:
    """What it holds at the moment somebody asks. While it does not answer, only that the site is not ready."""

    def collect(self):
        now = timezone.now()
        yield _gauge("clinic_ready", "1 when /readyz says ok.", not health.what_is_wrong(now))
        try:
            yield from [_gauge(*figure) for tell in told for figure in tell(now)]
        except DatabaseError:
            return
        finally:
            connections.close_all()  # each question comes in a thread of its own


def make_folder():
    """Only who counts or serves needs it: a command such as `backup` may have no right to write there."""
    Path(settings.METRICS_FOLDER).mkdir(parents=True, exist_ok=True)


def registry():
    """What all processes of the web server counted, and what the database tells."""
    make_folder()
    both = CollectorRegistry(auto_describe=False)
    MultiProcessCollector(both, str(settings.METRICS_FOLDER))
    both.register(FromTheDatabase())
    return both


def forget_the_dead():
    """Takes the files of processes that are no more, so that they do not pile up. To Prometheus that is a restart."""
    for file in Path(settings.METRICS_FOLDER).glob("*.db"):
        if not _is_alive(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)


def place(setting):
    """The host and port that CLINIC_METRICS names. Raises ValueError for anything but a port of this machine."""
    host, _, port = setting.rpartition(":")
    host = host.strip("[]")
    if not ip_address(host).is_loopback or not 0 < int(port) < 65536:
        raise ValueError(setting)
    return host, int(port)


def _gauge(name, meaning, number):
    return GaugeMetricFamily(name, meaning, value=float(number))


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
