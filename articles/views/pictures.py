"""The files of pictures. Their names say their content, so they may be kept for a year."""

from django.http import Http404, HttpResponse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from articles import pictures

CONTENT_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
A_YEAR = 365 * 24 * 60 * 60  # seconds


@require_safe
@csp_override({"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "sandbox": True})
def picture(request, digest, width, extension):
    """One file. No database, no cookie; the address pattern lets nothing but a name of ours through."""
    try:
        data = (pictures.folder() / f"{digest}-{width}.{extension}").read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(
        data,
        content_type=CONTENT_TYPES[extension],
        headers={"Cache-Control": f"public, max-age={A_YEAR}, immutable"},
    )
