"""The one script of an article's page: it shows "Copy link" where the browser lets a page copy, and says how it went.

It stands in the page, so that a reader fetches the page and its stylesheet and nothing else. The page's policy allows
this very text by its hash, and no other script (docs/decisions/0039).
"""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString

SCRIPT = SafeString(Path(__file__).with_suffix(".js").read_text("utf-8"))
HASH = b64encode(sha256(SCRIPT.encode()).digest()).decode()
POLICY = settings.SECURE_CSP | {"script-src": [f"'sha256-{HASH}'"]}
