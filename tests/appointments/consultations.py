"""Consultations as tests need them: arranged, or offered."""

from datetime import timedelta

from django.utils import timezone


def in_days(days, hour=15):
    start = timezone.now() + timedelta(days=days)
    return start.replace(hour=hour, minute=0, second=0, microsecond=0)


def arranged(wanted, nurse, start=None, minutes=30, how="phone"):
    wanted.arrange(start or in_days(5), (nurse, minutes, how), by=nurse, now=timezone.now())
    return wanted.consultation


def offered(wanted, nurse, days=(3, 4, 5)):
    starts = [in_days(day) for day in days]
    wanted.offer_times(starts, (nurse, 30, "phone"), by=nurse, now=timezone.now())
    return list(wanted.standing_offers(timezone.now()))
