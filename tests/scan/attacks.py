"""wapiti and sqlmap against a running site of their own, as strangers and as staff. They stop by themselves.

Nothing leaves this machine: wapiti's modules that ask a server of its makers are left out.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.test_nothing_is_lost_or_doubled import open_form
from tests.faults.test_two_at_the_desk import QUEUE, Staff
from tests.live import LiveSite

MODULES = "sql,timesql,xss,permanentxss,exec,file,crlf,redirect,upload,csrf,methods,htaccess,backup"
HEADERS = "cookieflags,csp,http_headers"
# True on plain HTTP alone; the header test asks for both with HTTPS.
OF_HTTPS = {"Secure Flag cookie", "HTTP Strict Transport Security (HSTS)"}
NO_HOLE = "do not appear to be injectable"
FORM = "/request/details/"


def wapiti(program, site, start, minutes, folder, cookies=None):
    """How many requests it made, and what it found but for what plain HTTP cannot have."""
    report = folder / "wapiti.json"
    command = [program, "--url", site.url + start, "--scope", "domain", "--flush-session"]
    command += ["--module", f"{MODULES},{HEADERS}", "--max-scan-time", str(minutes * 60)]
    command += ["--max-attack-time", str(minutes * 10), "--max-links-per-page", "40"]
    command += ["--exclude", f"{site.url}/admin/logout/", "--no-bugreport", "--timeout", "15"]
    command += ["--format", "json", "--output", str(report), "--store-session", str(folder)]
    if cookies:
        command += ["--header", f"Cookie: {cookies}"]
    subprocess.run(command, capture_output=True, timeout=minutes * 600, check=True)
    told = json.loads(report.read_text())
    found = {
        kind: [f"{one['method']} {one['path']} {one['parameter']}: {one['info']}" for one in ones]
        for kind, ones in (told["vulnerabilities"] | told["anomalies"]).items()
        if ones and kind not in OF_HTTPS
    }
    return told["infos"]["crawled_pages_nbr"], found


def sqlmap(program, site, path, minutes, folder, *more):
    """How many requests it made, and its own words where it did not say that nothing can be injected."""
    command = [program, "-u", site.url + path, "--batch", "--level", "2", "--risk", "2"]
    command += ["--time-sec", "2", "--timeout", "15", "--disable-coloring", "--flush-session"]
    command += ["--output-dir", str(folder), "--ignore-code", "*", *more]
    try:
        said = subprocess.run(
            command, capture_output=True, text=True, timeout=minutes * 60, check=False
        ).stdout
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode()
    holes = re.findall(r"Parameter: .*|.*(?<!might not be )(?<!not be )injectable.*", said)
    holes = [one for one in holes if "not" not in one]
    tested = re.findall(r"testing for SQL injection on (.*)", said)
    return tested, holes + ([] if NO_HOLE in said or tested else [said[-500:]])


def typed_into_the_form(site):
    """A cookie, and a body that is stored each time, because its key is made anew."""
    cookie, hidden = open_form(site)
    typed = {**hidden, "name": "Ana", "phone": "212-555-0123", "email": "ana@example.com"}
    typed |= {"preferred_channel": "phone", "is_adult": "yes", "state": "NY", "consent": "on"}
    typed |= {"message": "Hello", "send": "1"}
    return cookie, "&".join(f"{name}={value}" for name, value in typed.items())


def places(site, manager, cookies):
    """Where sqlmap looks: words for a line, an address, and what else it is told."""
    cookie, body = typed_into_the_form(site)
    token = next(value for name, value in manager.cookies.items() if "csrf" in name)
    signed_in = ["--cookie", cookies]
    fields = "name,phone,email,preferred_channel,state,message,form_key"
    anew = ["--eval", "import secrets; form_key = secrets.token_hex(16)"]
    yield "the request form", FORM, ["--data", body, "--cookie", cookie, "-p", fields, *anew]
    found = ["--data", f"text=Ana&csrfmiddlewaretoken={token}", "-p", "text"]
    yield "the search of the desk", f"{QUEUE}find/", [*signed_in, *found]
    yield "the queue", f"{QUEUE}?q=Ana&which=flagged&o=1", [*signed_in, "-p", "q,which,o"]
    yield "articles at the desk", "/admin/articles/article/?q=sleep&o=1", [*signed_in, "-p", "q,o"]
    yield "the public search", "/articles/search/?q=sleep&page=1", ["-p", "q,page"]


def attack(site, programs, minutes, folder):
    """sqlmap first: as a manager wapiti presses every button, and its account may not outlive that."""
    found = []
    manager = Staff(site, "manager")
    cookies = "; ".join(f"{name}={value}" for name, value in manager.cookies.items())
    for words, path, more in places(site, manager, cookies):
        tested, holes = sqlmap(programs[1], site, path, minutes, folder, *more)
        print(f"sqlmap on {words}: {len(tested)} parameters, {len(holes)} findings", flush=True)
        found += holes
    for who, start, worn in (("a stranger", "/", None), ("a manager", "/admin/", cookies)):
        pages, holes = wapiti(programs[0], site, start, minutes, folder, worn)
        print(
            f"wapiti as {who}: {pages} pages, {sum(map(len, holes.values()))} findings", flush=True
        )
        found += [f"{kind}: {one}" for kind, ones in holes.items() for one in ones]
    return found


def run(programs, minutes):
    with tempfile.TemporaryDirectory() as folder:
        site = LiveSite(Path(folder))
        site.environment["CLINIC_REQUESTS_PER_HOUR"] = "10000000"
        try:
            site.prepare()
            site.start(worker=True)
            found = attack(site, programs, minutes, Path(folder))
            faults = re.findall(r'"level": "ERROR".*', (Path(folder) / "server.log").read_text())
        finally:
            site.remove()
    print(f"errors in the site's log: {len(faults)}")
    print("\n".join(found + faults[:10]))
    return 1 if found or faults else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:3], int(sys.argv[3])))
