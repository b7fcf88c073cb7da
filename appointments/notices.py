"""The e-mails. Each is made from a reference, a link and a time: nothing that a person typed can be in one."""

import re
from email.message import MIMEPart

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

CLOSING_TEXTS = "appointments/email/closed"  # a template for each ClosingReason, and default.txt


class Mail(EmailMessage):
    """A mail that no server on its way has to change, and whose links stay in one piece.

    A server without 8BITMIME gets seven bits. Quoted-printable would break a link of more than 75 characters into
    two lines, so that plain ASCII is sent as it is and everything else as base64.
    """

    def message(self, **options):
        message = super().message(**options)
        for part in message.walk():
            if part.get_content_type() == "text/plain":
                part.set_content(self.body, cte="7bit" if self.body.isascii() else "base64")
                if part is not message:
                    del part["MIME-Version"]
        return message


def write(kind, to, *, key, calendar=None, **facts):
    """The mail of one kind, ready to send.

    Args: kind names a template; to is one address; key makes the Message-ID the same at every try; calendar is the
    method and the bytes of an invitation to go with it; facts are what the template may say.
    """
    template = f"appointments/email/{kind}.txt"
    body = render_to_string(f"{template}#body", facts)
    mail = Mail(
        subject=" ".join(render_to_string(f"{template}#subject", facts).split()),
        body=re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n",
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
            cte="base64",
            disposition="attachment",
            filename="appointment.ics",
        )
        mail.attach(part)
    return mail


def message_id(key):
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    return f"<{key}@{domain}>"
