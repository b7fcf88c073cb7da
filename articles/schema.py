"""What an article, a topic or a person is in schema.org's words, for search engines.

The terms are those of https://schema.org/MedicalWebPage; every address is the site's own, never the Host header's.
"""

import json

from django.urls import reverse
from django.utils.safestring import SafeString

from articles.models import Topic
from clinic import facts
from clinic.facts import address_of

CONTEXT = "https://schema.org"
ABOUT = {Topic.Kind.CONDITION: "MedicalCondition", Topic.Kind.TREATMENT: "MedicalTherapy"}
# A data block ends at the first "</script", whoever wrote it; escaped like this it is still the same JSON.
ESCAPES = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def script(*things):
    """Schema.org objects as the text of one data block, safe to show within a script element."""
    graph = {"@context": CONTEXT, "@graph": list(things)}
    text = _to_json(graph)
    for sign, escape in ESCAPES.items():  # many times faster than `translate`
        text = text.replace(sign, escape)
    return SafeString(text)


def article(one, *, topics, references):
    """An article as a MedicalWebPage; facts that are not known are left out."""
    page = {
        "@type": "MedicalWebPage",
        "name": one.title,
        "description": one.summary,
        "url": address_of(one.get_absolute_url()),
        "inLanguage": "en-US",
        "isAccessibleForFree": True,
        "audience": {"@type": "Patient"},
        "about": [{"@type": ABOUT[topic.kind], "name": topic.name} for topic in topics],
        "author": one.author and person(one.author),
        "reviewedBy": one.reviewed_by and person(one.reviewed_by),
        "lastReviewed": _day(one.reviewed_on),
        "datePublished": _moment(one.published_at),
        "dateModified": _moment(one.changed_at),
        "citation": [_citation(reference) for reference in references],
        "publisher": clinic(),
    }
    return {name: value for name, value in page.items() if value}


def person(one):
    return {
        "@type": "Person",
        "name": one.name,
        "description": one.credentials,
        "url": address_of(one.get_absolute_url()),
    }


def clinic():
    """The practice as its pages show it."""
    practice = facts.current()
    known = {
        "@type": "MedicalClinic",
        "name": practice.name,
        "url": address_of("/"),
        "telephone": practice.phone,
        "address": " ".join(practice.address.split()),
    }
    return {name: value for name, value in known.items() if value}


def crumbs(*steps):
    """The way from the library to a page: pairs of a name and a path, the page itself last."""
    way = [("Articles", reverse("articles:list")), *steps]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address_of(path)}
            for position, (name, path) in enumerate(way, start=1)
        ],
    }


def _citation(reference):
    link = reference.link
    named = {"@type": "CreativeWork", "name": reference.text}
    return {**named, "url": link} if link else named


def _day(day):
    return day and day.isoformat()


def _moment(moment):
    return moment and moment.isoformat(timespec="seconds")
