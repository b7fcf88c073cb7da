"""A request with something in every table that can hold a part of it; and all that a database holds, as text."""

import secrets
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from appointments.models import ConsultationRequest, StatusChange
from clinic.fields import box


def with_everything(wanted, other, nurse, now):
    """Tries, notes, offers, a consultation, mail, presence, a joined request, the admin's log: what the desk leaves."""
    wanted.take(by=nurse, now=now)
    wanted.log_try("phone", "no_answer", by=nurse, now=now)
    wanted.write_note("desk", "They said: canary-note", seen=0, by=nurse, now=now)
    wanted.write_note("clinical", "I think: canary-clinical", seen=0, by=nurse, now=now)
    wanted.take_in(other, by=nurse, now=now)
    wanted.arrange(now + timedelta(days=1), (nurse, 30, "phone"), by=nurse, now=now)
    wanted.presence_set.create(user=nurse, seen_at=now)
    LogEntry.objects.create(
        user=nurse,
        content_type=ContentType.objects.get_for_model(ConsultationRequest),
        object_id=str(wanted.pk),
        object_repr=str(wanted),
        action_flag=CHANGE,
    )
    return wanted


def adverts(many):
    """So many requests that were closed as spam eight days ago, each with its history."""
    closed_at = timezone.now() - timedelta(days=8)
    made = ConsultationRequest.objects.bulk_create(
        ConsultationRequest(
            reference=secrets.token_hex(4),
            submission_digest=secrets.token_hex(32),
            link_hash=secrets.token_hex(32),
            link_ends_at=closed_at,
            email="ana@example.com",
            email_index="made up",
            message_index="made up",
            preferred_channel="email",
            state="NY",
            message="Buy this!",
            consented_at=closed_at,
            received_at=closed_at,
            status="closed",
            closing_reason="spam",
            closed_at=closed_at,
        )
        for _ in range(many)
    )
    StatusChange.objects.bulk_create(
        StatusChange(request=one, status=status, at=closed_at)
        for one in made
        for status in ("received", "closed")
    )


def models_that_hang_on(model):
    """Every model with a key of this one, and those with a key of them, and so on."""
    found, latest = {}, [model]
    while latest:
        relations = [relation for one in latest for relation in one._meta.related_objects]
        latest = [r.related_model for r in relations if r.related_model not in found]
        found |= {r.related_model: r for r in relations if r.related_model not in found}
    return found


def all_text():
    """Every value of every table as text; what is locked both as it stands there and unlocked."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (our own tables)
            said += [
                f"{table}: {text}" for row in cursor for value in row for text in _texts(value)
            ]
    return "\n".join(said)


def _texts(value):
    yield str(value)
    if isinstance(value, str) and value.startswith("gAAAA"):
        try:
            yield box().decrypt(value.encode()).decode()
        except InvalidToken:
            yield "(cannot be read)"
