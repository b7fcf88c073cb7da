"""The public pages that every visitor may open, whatever the site holds."""

FIXED = [
    "/",
    "/crisis/",
    "/privacy/",
    "/health-data/",
    "/costs/",
    "/accessibility/",
    "/articles/",
    "/articles/topics/anxiety/",
    "/request/",
]
