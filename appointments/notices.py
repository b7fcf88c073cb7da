"""The e-mails. Each is made from a reference, a link and a time: nothing that a person typed can be in one."""

from email.message import MIMEPart

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string


def write(kind, to, *, key, calendar=None, **facts):
    """The mail of one kind, ready to send.

    Args: kind names a template; to is one address; key makes the Message-ID the same at every try; calendar is the
    method and the bytes of an invitation to go with it; facts are what the template may say.
    """
    template = f"appointments/email/{kind}.txt"
    mail = EmailMessage(
        subject=" ".join(render_to_string(f"{template}#subject", facts).split()),
        body=render_to_string(f"{template}#body", facts).strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"},
    )
    if calendar:
        method, file = calendar
        part = MIMEPart()
        part.set_content(
            file.decode(),
            subtype="calendar",
            params={"method": method},
            disposition="attachment",
            filename="appointment.ics",
        )
        mail.attach(part)
    return mail


def message_id(key):
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    return f"<{key}@{domain}>"
