"""Whatever people type, none of it is in a mail, an address, a log line, a title, a cookie or Django's own log."""

import logging
import re
from itertools import count

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from appointments.models import ConsultationRequest, SentFrom
from clinic.logs import PlainJson

QUEUE = "/admin/appointments/consultationrequest/"
pytestmark = pytest.mark.ignore_template_errors
# Letters that stand in no sentence, address or token of ours, so that a hit is a leak and no accident.
ODD = "ʘʞɮɷʭʬɸʢ"
words = st.text(st.sampled_from(ODD + " -'"), min_size=4, max_size=40).filter(
    lambda text: len(text.strip(" -'")) >= 4
)
local_parts = st.text(st.sampled_from("qxzjkv"), min_size=8, max_size=20)
digits = st.integers(20, 99).map(lambda last: f"555-01{last:02}")
numbers = count(1)


def in_pieces(values):
    """Each value and each of its words, from four characters on."""
    pieces = {piece for value in values for piece in (value, *value.split())}
    return {piece for piece in pieces if len(piece) >= 4}


def heard_at_the_desk(desk):
    """The queue but for the name to use, the title of the newest request's page, and what its move left."""
    wanted = ConsultationRequest.objects.latest("pk")
    record = desk.get(f"{QUEUE}{wanted.pk}/change/").content.decode()
    queue = desk.get(QUEUE).content.decode()
    queue = re.sub(r'<bdi class="name">.*?</bdi>', "", queue, flags=re.DOTALL)
    desk.post(f"{QUEUE}{wanted.pk}/move/", {"to": "reaching", "seen": "received"})
    return [queue, *re.findall(r"<title>(.*?)</title>", record, re.DOTALL)]


def sent_and_logged(caplog):
    """Each mail with its headers, Django's own log of the admin, and every line that a live site would log."""
    call_command("worker", "--once")
    told = [str(entry.__dict__) for entry in LogEntry.objects.all()]
    for written in mail.outbox:
        headers = {**written.extra_headers, "From": written.from_email}
        told += [written.subject, written.body, str(headers)]
    return told + [
        PlainJson().format(record)
        for record in caplog.records
        if record.levelno > logging.DEBUG or not record.name.startswith("django.db")
    ]


@hypothesis_settings(
    max_examples=25,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=words,
    relation=words,
    message=words,
    local=local_parts,
    phone=digits,
    language=st.booleans(),
)
def test_no_value_of_four_characters_leaves_its_row(
    answers, at_the_desk, caplog, name, relation, message, local, phone, language
):
    typed = answers(
        name=name,
        relation=relation,
        for_whom="other",
        they_know="on",
        message=message,
        phone=f"212-{phone}",
        email=f"{local}@example.net",
        form_key=f"a-key-for-form-number-{next(numbers):06}",
    )
    secrets = in_pieces([name, relation, message, f"212-{phone}", local])
    secrets.add("+1212" + phone.replace("-", ""))
    caplog.clear()
    mail.outbox.clear()
    visitor, prefix = Client(), "/es" if language else ""
    told = []
    looked_over = {key: value for key, value in typed.items() if key != "send"}
    steps = [(typed | {"consent": ""}, 422), (looked_over, 200), (typed, 303)]
    for sent, answer in steps:
        page = visitor.post(f"{prefix}/request/details/", sent)
        assert page.status_code == answer
        told += [page.headers.get("Location", ""), str(page.cookies), str(page.headers)]
        told += re.findall(r"<title>(.*?)</title>", page.content.decode(), re.DOTALL)
    status = visitor.get(page["Location"])
    told += [status.content.decode(), str(status.headers), str(status.cookies)]
    told += heard_at_the_desk(at_the_desk)
    visitor.post(f"{page['Location']}withdraw/", {})
    told += sent_and_logged(caplog)
    everything = "\n".join(told)
    assert [secret for secret in secrets if secret in everything] == []
    ConsultationRequest.objects.all().delete()
    SentFrom.objects.all().delete()
