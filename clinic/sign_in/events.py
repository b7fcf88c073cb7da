"""What happens at the sign-in, told in one place: to the log, and to the record of who looked.

    happened(What.SIGNED_IN, user=user, by=user, request=request)

What was typed into the sign-in is in neither. A stranger's wrong guesses are in the log only: they could fill the
record.
"""

import logging
from enum import StrEnum

from django.utils import timezone

from clinic import traps
from clinic.audit import Action, Outcome, Reason, write
from clinic.sign_in import account_notices

log = logging.getLogger("clinic.sign_in")


class What(StrEnum):
    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 (words)
    WRONG_CODE = "wrong code"
    TOO_MANY = "too many guesses"
    FACTOR_ADDED = "second factor added"
    FACTOR_REMOVED = "second factor removed"
    CODES_RENEWED = "recovery codes renewed"
    PASSWORD_CHANGED = "password changed"  # noqa: S105 (words)
    INVITED = "invited"
    INVITATION_ACCEPTED = "invitation accepted"
    DEACTIVATED = "deactivated"
    SESSION_ENDED = "session ended"
    SESSIONS_ENDED = "all sessions ended"
    BREAK_GLASS = "BREAK-GLASS ACCOUNT USED"


LOUD = {What.BREAK_GLASS: logging.ERROR, What.TOO_MANY: logging.WARNING}
# What is no change of the account itself.
ACTIONS = {
    What.SIGNED_IN: Action.SIGNED_IN,
    What.BREAK_GLASS: Action.SIGNED_IN,
    What.WRONG_PASSWORD: Action.SIGNED_IN,
    What.WRONG_CODE: Action.SIGNED_IN,
    What.TOO_MANY: Action.SIGNED_IN,
    What.SIGNED_OUT: Action.SIGNED_OUT,
    What.SESSION_ENDED: Action.SIGNED_OUT,
    What.SESSIONS_ENDED: Action.SIGNED_OUT,
}
REFUSED = {What.WRONG_PASSWORD, What.WRONG_CODE, What.TOO_MANY}
BY_PAGES = {What.INVITED, What.DEACTIVATED}  # pages of the admin leave a line of their own


NEW_WAYS_IN = {
    What.FACTOR_ADDED,
    What.FACTOR_REMOVED,
    What.CODES_RENEWED,
    What.PASSWORD_CHANGED,
    What.INVITED,
    What.INVITATION_ACCEPTED,
}


def happened(what, *, user=None, by=None, request=None):
    """Args: user is whose account it is about; by, who did it. None where nobody is known, or for a command."""
    now = timezone.now()
    facts = {"account": user and user.pk, "staff": by and by.pk}
    if request:
        facts["from"] = traps.sender_today(request, now)
    if user and what in NEW_WAYS_IN:
        account_notices.plan(user, now)
    log.log(LOUD.get(what, logging.INFO), "%s.", what.value, extra={"facts": facts})
    if request is None or (user and what not in BY_PAGES):
        _write_down(what, user, by, now)


def _write_down(what, user, by, now):
    write(
        by,
        ACTIONS.get(what, Action.CHANGED),
        now=now,
        what="auth.user",
        which=str(user.pk) if user else "",
        door=what.value,
        outcome=Outcome.REFUSED if what in REFUSED else Outcome.DONE,
        reason=Reason.EMERGENCY if what == What.BREAK_GLASS else "",
    )
