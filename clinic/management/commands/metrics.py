"""Serves figures to Prometheus on this machine, until it is told to stop."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import start_http_server

from clinic import metrics


class Command(BaseCommand):
    help = "Serve figures to Prometheus at CLINIC_METRICS. Stop it with Ctrl-C or TERM."

    def handle(self, **options):
        if not settings.CLINIC_METRICS:
            raise CommandError("Figures are off. Set CLINIC_METRICS, for instance 127.0.0.1:9187.")
        metrics.forget_the_dead()
        host, port = metrics.place(settings.CLINIC_METRICS)
        try:
            server, thread = start_http_server(port, addr=host, registry=metrics.registry())
        except OSError as error:
            raise CommandError(
                f"{settings.CLINIC_METRICS} is not free ({error.strerror})."
            ) from None
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopped.set())
        self.stdout.write(f"Figures are at http://{settings.CLINIC_METRICS}/metrics.")
        self.stdout.flush()
        stopped.wait()
        server.shutdown()
        server.server_close()
        thread.join()
