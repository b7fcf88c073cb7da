"""Mail to a member of staff that a way to sign in to their account was added or changed.

Nothing is in it but that and the day, so that whoever reads along learns nothing. The worker sends it within the hour.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone

from clinic import facts
from clinic.sign_in.models import WayInNotice

TRIED_FOR = timedelta(days=3)
SUBJECT = "A way to sign in to a staff account was changed"
log = logging.getLogger("clinic.sign_in")


def plan(user, now, *, to=None):
    """Tell this member of staff, once for all that happens within an hour; the owners where no address is known.

    Args: to is an address in place of the account's, such as the one that it had before.
    """
    addresses = [to or user.email]
    if not any(addresses):
        owners = get_user_model().objects.filter(is_superuser=True, is_active=True)
        addresses = owners.exclude(email="").values_list("email", flat=True)
    for address in addresses:
        WayInNotice.objects.get_or_create(user=user, address=address, defaults={"at": now})


def send_all(now):
    """Returns how many went out. One that fails is tried again at the next call, for three days."""
    sent = 0
    for notice in WayInNotice.objects.order_by("at"):
        try:
            mail_for(notice).send()
        except Exception as error:  # whatever the mail server says, the others go out
            log.warning("A notice about an account was not sent: %s.", type(error).__name__)
            if notice.at > now - TRIED_FOR:
                continue
        else:
            sent += 1
        notice.delete()
    return sent


def mail_for(notice):
    with timezone.override(facts.current().zone):
        body = render_to_string("account/way_in_changed.txt", {"at": notice.at})
    return EmailMessage(
        subject=SUBJECT,
        body=body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[notice.address],
        headers={"Auto-Submitted": "auto-generated"},
    )
