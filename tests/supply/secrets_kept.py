"""Looks for keys and passwords in every file that git knows, and in every version of it that there ever was.

Few and narrow patterns, so that a find is one: kinds of keys that name themselves, and a long random value under a name
that says key, secret, token or password.
"""

import math
import re
import subprocess
from collections import Counter

NAMED = {
    "a private key": rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/]{40}",
    "an AWS key": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})",
    "a Slack token": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Stripe key": rb"\b[sr]k_live_[A-Za-z0-9]{20,}",
    "a Google key": rb"\bAIza[0-9A-Za-z_-]{35}\b",
    "an npm or PyPI token": rb"\b(?:npm_[A-Za-z0-9]{36}|pypi-AgEI[A-Za-z0-9_-]{50})",
    "an age or Anthropic key": rb"\b(?:AGE-SECRET-KEY-1[0-9A-Z]{50}|sk-ant-[A-Za-z0-9_-]{20})",
    "a password in an address": rb"\b[a-z]{3,12}://[^\s:/@]+:(?!PASSWORD)[^\s:/@{}$<>]{6,}@",
}
UNDER_A_NAME = re.compile(
    rb"(?i)(?:key|secret|token|passw(?:or)?d|pwd)[A-Z_a-z0-9]*[\"']?\s*(?:=|:)\s*[rbfu]?"
    rb"[\"']?([A-Za-z0-9+/_=-]{24,})"
)
RANDOM = 3.7  # bits a character; words and names joined by lines lie below, keys above


def is_random(value):
    """Letters and digits mixed as no word is."""
    many = len(value)
    bits = -sum(n / many * math.log2(n / many) for n in Counter(value).values())
    return bits > RANDOM and bool(re.search(rb"\d", value)) and bool(re.search(rb"[A-Za-z]", value))


def found_in(content):
    """What kinds of secrets a file's bytes hold."""
    kinds = [kind for kind, pattern in NAMED.items() if re.search(pattern, content)]
    if any(is_random(value) for value in UNDER_A_NAME.findall(content)):
        kinds.append("a random value under the name of a secret")
    return kinds


def git(folder, *words, given=None):
    return subprocess.run(
        ["git", "-C", str(folder), *words], input=given, capture_output=True, check=True
    ).stdout


def versions(folder):
    """Each file as it stands, and each version of each file in any commit: where it is, and its bytes."""
    for name in git(folder, "ls-files", "-z").split(b"\0")[:-1]:
        path = folder / name.decode()
        if path.is_file():
            yield name.decode(), path.read_bytes()
    lines = [
        line.partition(b" ") for line in git(folder, "rev-list", "--objects", "--all").splitlines()
    ]
    names = {number: name.decode() for number, _, name in lines if name}
    for number, data in blobs(git(folder, "cat-file", "--batch", given=b"\n".join(names))):
        yield f"{names[number]} ({number[:12].decode()})", data


def blobs(batch):
    """The files among what `git cat-file --batch` printed: a line with number, kind and size, then the bytes."""
    at = 0
    while at < len(batch):
        head, _, _ = batch[at : at + 100].partition(b"\n")
        number, kind, size = head.split(b" ")
        begins, at = at + len(head) + 1, at + len(head) + 1 + int(size) + 1
        if kind == b"blob":
            yield number, batch[begins : at - 1]


def look(folder):
    """Pairs of a place and a kind, of which there should be none."""
    return sorted({(place, kind) for place, data in versions(folder) for kind in found_in(data)})
