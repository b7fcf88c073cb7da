"""Whether a page of the desk still shows what is stored, and the words for staff when it does not."""

from datetime import timedelta

from django.utils import timezone

from appointments.models import MoveRefused, Status

VERSION = "version"  # the hidden field of every form that changes a request
A_MOMENT = timedelta(
    seconds=30
)  # within which the same action by the same person is a double click


def refuse_if_stale(post, consultation_request, by, now, name=VERSION):
    """Raise MoveRefused when the posted version is not the stored one. The words say how it stands now.

    Args: consultation_request was read under its row lock. A POST without a version acts on what is stored.
    """
    seen = post.get(name)
    if seen is None or seen == str(consultation_request.version):
        return
    last = consultation_request.last_change()
    if last and last.by == by and now - last.at < A_MOMENT:
        raise MoveRefused(
            f"You changed {consultation_request} a moment ago: “{last.words_for_staff}”. "
            f"This press did nothing more. {state_in_words(consultation_request)}"
        )
    raise MoveRefused(
        f"{consultation_request} was changed after your page was opened, so nothing was done. "
        f"{_last_change_in_words(last)}{state_in_words(consultation_request)} "
        "Look, and do it again if it is still right."
    )


def state_in_words(consultation_request):
    """Such as: It is now “arranged”: Monday, February 2, 10:00 AM, in person, with Dr. Lee."""
    status = consultation_request.get_status_display().lower()
    agreed = consultation_request.consultation
    if consultation_request.status == Status.CLOSED:
        reason = consultation_request.get_closing_reason_display().lower()
        return f"It is now “{status}” ({reason})."
    if agreed is None:
        return f"It is now “{status}”."
    how, who = agreed.get_how_display().lower(), _name_of(agreed.clinician)
    return f"It is now “{status}”: {_day_and_time(agreed.starts_at)}, {how}, with {who}."


def typed_in(form):
    """What stands in the visible fields of a bound form: pairs of a label and a value, in words."""
    pairs = []
    for bound in form.visible_fields():
        values = bound.value() if isinstance(bound.value(), list) else [bound.value()]
        words = {str(code): label for code, label in getattr(bound.field, "choices", [])}
        shown = ", ".join(str(words.get(str(value), value)) for value in values if value)
        if shown:
            pairs.append((bound.label, shown))
    return pairs


def _last_change_in_words(last):
    if last is None:
        return ""
    who = _name_of(last.by) if last.by else "the website"
    return f"Last change: “{last.words_for_staff}”, by {who}, {_day_and_time(last.at)}. "


def _day_and_time(moment):
    local = timezone.localtime(moment)
    return f"{local:%A, %B} {local.day}, {local.hour % 12 or 12}:{local:%M %p}"


def _name_of(user):
    return user.get_full_name() or user.get_username()
