"""Where a setting comes from: the environment, a file that is named there, or a credential of systemd's."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+)(:(?P<port>\d{1,5}))?", re.ASCII)
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9-]+")
READ_ONLY = {
    "connect_timeout": 2,  # seconds, for each host
    "tcp_user_timeout": 2000,  # milliseconds, for one that was there and is cut off
    "load_balance_hosts": "random",
}
# After those of the main database; the last one counts. A replica that was promoted meanwhile takes nothing from this
# site either.
READ_ONLY_OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=2000 -c lock_timeout=1000"
)


def env(name, default=None):
    """A setting: from the environment, or from the file that NAME_FILE or a credential of systemd's gives for it."""
    value = _from_file(name) or os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"Set {name} (see README, Settings).")
    return value


def replica_of(main, places):
    """The settings of a database beside the main one that is only read: host or host:port, several with commas between.

    Reading from it must never cost a visitor much: whatever takes longer than two seconds is asked of the main one.
    """
    if "postgresql" not in main["ENGINE"]:
        raise ImproperlyConfigured("CLINIC_REPLICA needs PostgreSQL: set PGDATABASE too.")
    found = [PLACE.fullmatch(place.strip()) for place in places.split(",")]
    if not all(found):
        raise ImproperlyConfigured("CLINIC_REPLICA is host or host:port, several with commas.")
    options = {**main["OPTIONS"], **READ_ONLY}
    options["options"] = f"{main['OPTIONS'].get('options', '')} {READ_ONLY_OPTIONS}".strip()
    if "pool" in options:
        options["pool"] = {**options["pool"], "timeout": 2}
    ports = [place["port"] or env("PGPORT", "5432") for place in found]
    hosts = [place["host"].strip("[]") for place in found]
    return {**main, "HOST": ",".join(hosts), "PORT": ",".join(ports), "OPTIONS": options}


def bucket_of(address, setting=env, name="CLINIC_PICTURES"):
    """The bucket that the setting of this name says, as obstore wants it, with its key; None without one.

    The address itself is never told on: someone may have written a key into it.
    """
    if not address:
        return None
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    region = asked.pop("region", "us-east-1")
    endpoint = urlsplit(asked.pop("endpoint", f"https://s3.{region}.amazonaws.com"))
    is_bucket = parts.scheme == "s3" and BUCKET.fullmatch(parts.netloc) and not parts.fragment
    is_server = endpoint.scheme in ("https", "http") and PLACE.fullmatch(endpoint.netloc)
    has_more = asked or "@" in endpoint.netloc or endpoint.path.strip("/") or endpoint.query
    if has_more or not is_bucket or not is_server or not REGION.fullmatch(region):
        raise ImproperlyConfigured(
            f"{name} is s3://bucket?endpoint=https://…&region=… and nothing else; "
            f"the key stands in {name}_KEY_ID and {name}_SECRET."
        )
    return {
        "bucket": parts.netloc,
        "prefix": parts.path.strip("/"),
        "endpoint": f"{endpoint.scheme}://{endpoint.netloc}",
        "region": region,
        "access_key_id": setting(f"{name}_KEY_ID"),
        "secret_access_key": setting(f"{name}_SECRET"),
    }


def _from_file(name):
    """What stands in the file, without the line's end. A file that is named and cannot be read stops the start."""
    named = os.environ.get(f"{name}_FILE")
    if named and os.environ.get(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    handed_over = Path(os.environ.get("CREDENTIALS_DIRECTORY") or os.devnull, name)
    if not named and not handed_over.is_file():
        return None
    try:
        return Path(named or handed_over).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read from its file: {type(error).__name__}."
        ) from None
