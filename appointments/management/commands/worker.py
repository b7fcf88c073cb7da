"""Sends what the outbox holds, one mail at a time, has the chores done, and leaves a heartbeat."""

import logging
import signal
from datetime import datetime, time
from time import monotonic, sleep

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Max
from django.utils import timezone, translation

from appointments import hours, invitations, notices
from appointments.models import ConsultationRequest, Draft, Heartbeat, Notice, SentFrom
from appointments.models.outbox import WITH_AN_INVITATION
from clinic import chores, erasure_guard, facts, key_check

PAUSE = 2  # seconds between two looks at an empty outbox
BEAT_EVERY = 15  # seconds
KEYS_EVERY = 60  # seconds between two looks at the keys
log = logging.getLogger("appointments.worker")


class Command(BaseCommand):
    help = "Send the mail that the outbox holds, and keep looking for more. Stop it with Ctrl-C or TERM."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="send what is due now, then stop")

    def handle(self, *, once, **options):
        self.stopping = False
        if once:
            if not self.has_its_keys():
                raise CommandError(self.keys_wrong)
            self.tidy()
            self.stdout.write(f"Sent {self.send_all_due()} mail(s).")
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        log.info("The worker is looking for mail to send.")
        self.remember_keys()
        while not self.stopping:
            self.look_once()
            self.rest()
        log.info("The worker stopped.")

    def stop(self, *_):
        self.stopping = True

    def look_once(self):
        """One round. A database that is down is waited for, and nothing else that goes wrong ends the worker either.

        Each step stands alone: mail goes out although a chore fails.
        """
        for step in (close_old_connections, self.beat, chores.do_what_is_due, self.send_all_due):
            try:
                if step not in (self.send_all_due, chores.do_what_is_due) or self.has_its_keys():
                    step()
            except DatabaseError as error:
                log.warning("The worker cannot reach the database: %s", type(error).__name__)
                connection.close()
                return
            except Exception:
                log.exception("A step of the worker failed.")

    def remember_keys(self):
        try:
            key_check.remember()
        except DatabaseError as error:
            log.warning("The keys were not compared: %s", type(error).__name__)

    def has_its_keys(self):
        """Whether the keys that are set are the database's, as of a minute ago. With others no mail could be right."""
        if monotonic() - getattr(self, "keys_at", -KEYS_EVERY) >= KEYS_EVERY:
            wrong, before = key_check.what_is_wrong(), getattr(self, "keys_wrong", "")
            if wrong and wrong != before:
                log.error("No mail goes out and no chore is done. %s", wrong)
            self.keys_wrong, self.keys_at = wrong, monotonic()
        return not self.keys_wrong

    def beat(self):
        if monotonic() - getattr(self, "beaten_at", -BEAT_EVERY) >= BEAT_EVERY:
            now = timezone.now()
            erasure_guard.observe(now)
            Heartbeat.beat("worker", now)
            self.beaten_at = monotonic()
            self.tidy()

    def tidy(self):
        """What has outlived its time by itself: fingerprints of addresses, drafts, and offers that nobody took."""
        now = timezone.now()
        for step in (forget_senders, forget_drafts, let_lapsed_offers_go, plan_the_digest):
            with chores.skipped_if_it_fails(step.__name__):
                step(now)

    def rest(self):
        until = monotonic() + PAUSE
        while not self.stopping and monotonic() < until:
            sleep(0.1)

    def send_all_due(self):
        """How many mails went out."""
        sent = 0
        while not getattr(self, "stopping", False):
            notice = Notice.objects.lease_next(timezone.now())
            if notice is None:
                break
            sent += self.send(notice)
            self.beat()
        return sent

    def send(self, notice):
        """True when it went out. Any failure is a reason to try again, so none may end the worker."""
        together = [notice]
        try:
            together += Notice.objects.lease_to_go_with(notice, timezone.now())
            together = [one for one in together if one.settle(timezone.now())]
            if not together:
                return False
            mail_for(*together).send()
        except Exception as error:
            for one in together:
                put_off(one, error)
            return False
        now = timezone.now()
        for one in together:
            one.was_sent(now)
        return True


def put_off(notice, error):
    if notice.failed(error, timezone.now()):
        log.error("Gave up on notice %s after %s tries.", notice.pk, notice.tries)
    else:
        log.warning("Notice %s was not sent: %s", notice.pk, notice.last_error)


def forget_senders(now):
    old = SentFrom.objects.outlived(now)
    if old.exists() and erasure_guard.may_erase(now):
        old.delete()


def forget_drafts(now):
    """Nobody but the browser that made one can open it: however wrong the clock is, no record of the clinic's goes."""
    Draft.objects.outlived(now).delete()


def let_lapsed_offers_go(now):
    for request in ConsultationRequest.objects.with_lapsed_offers(now):
        with chores.skipped_if_it_fails("let_lapsed_offers_go"):
            request.let_lapsed_offers_go(now)


def plan_the_digest(now):
    """On days when the clinic opens, as soon as it has opened."""
    practice = facts.current()
    day = timezone.localdate(now, practice.zone)
    midnight = datetime.combine(day, time(0), practice.zone)
    opens = hours.next_open(midnight, practice.week, practice.closures, practice.zone)
    if opens and opens <= now and timezone.localdate(opens, practice.zone) == day:
        Notice.objects.plan_digest(day, now)


def mail_for(notice, *others):
    """The mail, from facts that no one typed; only the address comes from the person's own row.

    The others are urgent notices that share it.
    """
    request, practice = notice.request, facts.current()
    to, language = settings.CLINIC_STAFF_EMAIL, settings.LANGUAGE_CODE
    if notice.is_for_the_person:
        to, language = address_of(request), request.language
    with timezone.override(practice.zone), translation.override(language):
        known = {
            "time_zone": practice.time_zone_name,
            "phone": practice.phone_display,
            "site": settings.CLINIC_SITE_URL,
        }
        about = about_the_request(request) if request else about_the_day(notice, practice)
        if notice.is_about_a_consultation:
            about |= about_the_consultation(notice, practice)
        template = notice.kind
        if others:
            template = "urgent_together"
            about["references"] = [one.request.reference for one in (notice, *others)]
        return notices.write(template, to, key=notice.key, **known, **about)


class AddressCannotBeRead(Exception):
    """No key opens the person's address. The key may come back, so the mail is tried again like any other."""


def address_of(request):
    if not request.email_to_write_to:
        raise AddressCannotBeRead
    return request.email_to_write_to


def about_the_request(request):
    """Where the request stands now. A promise is told only while it runs."""
    now = timezone.now()
    offers = request.standing_offers(now)
    return {
        "reference": request.reference,
        "answer_by": request.answer_by if request.waits_for_us else None,
        "is_late": request.is_overdue(now),
        "path": request.get_absolute_url(),
        "closing_texts": closing_texts(request.closing_reason),
        "erased_from": request.erased_from,
        "choose_by": offers.aggregate(last=Max("lapses_at"))["last"],
        "may_choose": offers.exists(),
        "status": request.status,
        "is_closed": request.is_closed,
        "was_withdrawn": request.withdrawn_at is not None,
    }


def closing_texts(reason):
    """The template of one ClosingReason, and the neutral one for a reason without its own."""
    return [f"{notices.CLOSING_TEXTS}/{name}.txt" for name in (reason, "default")]


def about_the_consultation(notice, practice):
    """When and how, with a file for the calendar where something changed."""
    consultation = notice.consultation
    away = timezone.localdate(consultation.starts_at) - timezone.localdate()
    told = {
        "starts_at": consultation.starts_at,
        "days_away": away.days,
        "how": str(consultation.get_how_display()).lower(),
        "is_by_video": consultation.how == consultation.How.VIDEO,
        "says_how_to_join": bool(consultation.way_to_join),
        "cancelled_by": consultation.cancelled_by,
    }
    if notice.kind in WITH_AN_INVITATION:
        file = invitations.invitation(consultation, practice, now=timezone.now())
        told["calendar"] = (invitations.method_of(consultation), file)
    return told


def about_the_day(notice, practice):
    """How many there are of each; a number and no word about anyone."""
    requests, now = ConsultationRequest.objects, timezone.now()
    return {
        "day": notice.for_day,
        "in_flagged": requests.open().flagged().count(),
        "in_overdue": requests.overdue(now).count(),
        "in_today": requests.due_today(now, practice.zone).count(),
        "in_received": requests.new().count(),
    }
