"""How much may be sent to the site: much by staff who are signed in, little by anyone else."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent

from clinic.sign_in.standing import is_verified


class BodyLimits:
    """Stands behind the middleware that knows who is signed in, and before anything that reads a form.

    Django's own limits hold for staff at the admin. For all others a body of more than CLINIC_MAX_BODY bytes, or a form
    of more than CLINIC_MAX_FIELDS fields, is answered as Django does: it raises RequestDataTooBig or TooManyFieldsSent.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_staff_at_the_admin(request):
            _refuse_what_is_too_much(request)
        return self.get_response(request)


def _is_staff_at_the_admin(request):
    if not request.path_info.startswith("/admin/") or not hasattr(request, "user"):
        return False
    return request.user.is_staff and is_verified(request)


def _refuse_what_is_too_much(request):
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.CLINIC_MAX_BODY:
        raise RequestDataTooBig("The body is larger than what visitors may send.")
    is_a_form = request.content_type == "application/x-www-form-urlencoded"
    if is_a_form and request.body.count(b"&") >= settings.CLINIC_MAX_FIELDS:
        raise TooManyFieldsSent("The form has more fields than visitors may send.")
