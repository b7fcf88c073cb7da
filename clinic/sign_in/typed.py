"""What was typed into a form of the staff's pages when the session ended: kept for a day, for that person only."""

import json

from django.core.exceptions import BadRequest

from clinic.sign_in.models import MOST_TYPED, TYPED_FOR, TypedText

NEVER = ("password", "csrfmiddlewaretoken", "code", "credential")
LONGEST = 400_000  # characters, all fields of one form together
LONGEST_ADDRESS = TypedText._meta.get_field("address").max_length
OF_THE_DESK = "/admin/"
WAITS = "typed_text_waits"
FORMS = "forms"


def keep_posted(request, now):
    """Keep what a request brought that came too late: a form of the desk, or forms that a page sends to be kept."""
    if request.method != "POST":
        return
    if FORMS in request.POST and not request.path.startswith(OF_THE_DESK):
        keep_forms(request, now)
        return
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    _keep(request.user, request.get_full_path(), pairs, now)


def keep_forms(request, now):
    """Keep the forms in the field "forms": in JSON, pairs of an address and of pairs of a name and a value.

    Raises BadRequest for anything else.
    """
    try:
        for address, pairs in json.loads(request.POST.get(FORMS, "")):
            _keep(request.user, str(address), [(str(n), str(v)) for n, v in pairs], now)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRequest("No forms of ours.") from error


def waits_for(request):
    """Whether something is kept for who has just signed in. Noted in the session, so that other pages need not ask."""
    request.session[WAITS] = TypedText.objects.filter(user=request.user).exists()
    return request.session[WAITS]


def forget_sent(request):
    """The form was sent again, to where it was going."""
    if request.method == "POST" and request.session.get(WAITS):
        TypedText.objects.filter(user=request.user, address=request.get_full_path()).delete()


def old(now):
    """What nobody came back for within a day."""
    return TypedText.objects.filter(at__lte=now - TYPED_FOR)


def _keep(user, address, pairs, now):
    if not address.startswith(OF_THE_DESK) or len(address) > LONGEST_ADDRESS:
        return
    kept = [(name, value) for name, value in pairs if not _is_secret(name)]
    packed = json.dumps(kept)
    if any(value.strip() for _, value in kept) and len(packed) <= LONGEST:
        TypedText.objects.filter(user=user, address=address).delete()
        TypedText.objects.create(user=user, address=address, fields=packed, at=now)
        _forget_all_but_the_latest(user)


def _is_secret(name):
    return any(word in name.lower() for word in NEVER)


def _forget_all_but_the_latest(user):
    latest = TypedText.objects.filter(user=user).values_list("pk", flat=True)[:MOST_TYPED]
    TypedText.objects.filter(user=user).exclude(pk__in=list(latest)).delete()
