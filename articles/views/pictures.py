"""The files of pictures. Their names say their content, so they may be kept for a year."""

from django.http import Http404, HttpResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from clinic.picture_files import KINDS, Silent, store

A_YEAR = 365 * 24 * 60 * 60  # seconds
COME_BACK = 10  # seconds


@require_safe
@csp_override({"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": True})
def picture(request, digest, width, extension):
    """One file. No database, no cookie; the address pattern lets nothing but a name of ours through."""
    try:
        data = store().read(f"{digest}-{width}.{extension}")
    except FileNotFoundError:
        raise Http404 from None
    except Silent:
        return HttpResponse(status=503, headers={"Retry-After": COME_BACK})
    return HttpResponse(
        data,
        content_type=KINDS[extension],
        headers={"Cache-Control": f"public, max-age={A_YEAR}, immutable"},
    )
