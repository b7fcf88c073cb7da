"""The load: wrk with 16 connections that stay open, on pages that are read and on forms that are sent."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

AT_ONCE = 16  # connections
PEOPLE = 100_000  # numbers that one measurement of a form may use up
# Stand in a body for the number of the person who sends it, and for a word that only this person writes.
NUMBER, WORD = "7654321", "qwertz"
# Each form is somebody else's: another phone, e-mail, message and key, sent from another address.
SENDING = """local n, body = 2000000, "%s"
local function letter(digit) return string.char(97 + digit) end
function init(args) n = n + tonumber(args[1]) end
function request()
  n = n + 1
  local from = {10, math.floor(n / 65536), math.floor(n / 256) %% 256, n %% 256}
  wrk.headers["X-Forwarded-For"] = table.concat(from, ".")
  local word = tostring(n):gsub("%%d", letter)
  return wrk.format("POST", nil, nil, (body:gsub("7654321", n):gsub("qwertz", word)))
end
"""


class Page(NamedTuple):
    """One that is asked for again and again."""

    address: str
    headers: list

    def measure(self, seconds):
        return _figures(_wrk(self.address, self.headers, seconds))


class Form:
    """One that is sent by one person after another, and what counts the rows that this must leave."""

    def __init__(self, address, headers, answers, count, folder):
        self.address, self.headers, self.count = address, headers, count
        self.headers = [*headers, "Content-Type: application/x-www-form-urlencoded"]
        self.script, self.used = Path(folder) / f"{id(self)}.lua", 0
        self.script.write_text(SENDING % urlencode(answers))

    def measure(self, seconds):
        before = self.count()
        sending = ["-s", str(self.script)]
        said = _wrk(self.address, self.headers, seconds, sending, ["--", str(self.used)])
        self.used += PEOPLE
        time.sleep(0.5)  # for those on the way as wrk left
        self._check(int(re.search(r"(\d+) requests in", said)[1]), self.count() - before, said)
        return _figures(said)

    def _check(self, answered, stored, said):
        """Nothing is lost, and nothing was refused, of which a page with complaints would look like an answer."""
        if not answered <= stored <= answered + AT_ONCE:
            sys.exit(f"{self.address}: {answered} answers, {stored} rows. {said}")


def _wrk(address, headers, seconds, before=(), after=()):
    asked = [
        "wrk",
        "-t1",
        f"-c{AT_ONCE}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "--latency",
        *before,
    ]
    for header in headers:
        asked += ["-H", header]
    asked += [address, *after]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    if "Socket errors" in said or ("Non-2xx" in said and "If-None-Match" not in " ".join(headers)):
        sys.exit(f"{address}: {said}")
    return said


def _figures(said):
    """Requests a second, and the milliseconds within which half and 99 of 100 were answered."""
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    return rate, *(
        _milliseconds(*re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", said).groups()) for p in (50, 99)
    )


def _milliseconds(number, unit):
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
