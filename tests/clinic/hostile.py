"""What an attacker types, and a reader of pages that sees whether any of it came alive."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from django.apps import apps
from django.contrib import admin
from django.db import models

from articles.fields import ProseField

# No page of ours holds an element or attribute with zz in its name, or the sum.
SUM = "62674"
TEXTS = {
    "markup": "\"'><zz onzz=1>{{31337|add:31337}}",
    "script": "</script></title></textarea><zz>",
    "link": "javascript:zz(1)//<a href=javascript:zz>",
    "template": "{% zz %}{{31337|add:31337}}{{zz}}",
    "formula": "=cmd|'/C zz'!A0",
    "header": "a\r\nBcc: zz@evil.example\r\n\r\n<zz>",
    "sql": "zz'); DROP TABLE clinic_practice;--",
    "turned": "\u202ezz\u2066<zz onzz=1>",
}
PROSE = (
    '<p onzz="1">{text}</p><script>zz()</script><zz>{text}</zz><a href="javascript:zz">x</a>'
    '<img src=x onerror="zz()"><svg onload="zz()"></svg><style>zz{{}}</style>'
)
# Of these the form takes only what has their shape, or the site makes them itself.
SHAPED = re.compile(
    "phone|email|slug|number|url|digest|token|index|hash|version|reference|doi|pmid|pmcid|language|username|password|uid"
)


def fill(text):
    """Puts the text into every field of words of every row that the site shows and somebody may type."""
    for model in apps.get_models():
        if model in admin.site._registry or model._meta.app_label == "appointments":
            for row in model._base_manager.all():
                _fill_row(row, text)


def _fill_row(row, text):
    typed = [field for field in row._meta.concrete_fields if _is_typed(field)]
    prose = [field.name for field in typed if isinstance(field, ProseField)]
    words = {field.name: text[: field.max_length] for field in typed if field.name not in prose}
    if words:
        type(row)._base_manager.filter(pk=row.pk).update(**words)
    if prose:
        row.refresh_from_db()
        for name in prose:
            setattr(row, name, PROSE.format(text=text))
        row.save_base(raw=True, update_fields=prose)


def _is_typed(field):
    is_text = isinstance(field, models.CharField | models.TextField)
    return is_text and not (field.choices or field.unique or SHAPED.search(field.name))


class Alive(HTMLParser):
    """Collects what a browser would run."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "zz":
            self.found.append(self.get_starttag_text())
        for name, value in attrs:
            runs = name.startswith("on") or "zz" in name
            leads = re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE)
            if runs or (name in ("href", "src", "action", "formaction") and leads):
                self.found.append(f"{tag} {name}={value}")


def alive_in(page):
    """What of the text came alive in an answer, by its kind; an empty list is what should be."""
    text = page.content.decode("utf-8", "replace")
    kind = page.get("Content-Type", "")
    found = [f"header {n}" for n, v in page.headers.items() if "<" in v or "\n" in v or "\r" in v]
    found += ["the sum"] * (SUM in text)
    if "html" in kind:
        reader = Alive()
        reader.feed(text)
        found += reader.found
        for block in re.findall(r"<script[^>]*json[^>]*>(.*?)</script>", text, re.DOTALL):
            json.loads(block)
    elif "xml" in kind:
        root = ET.fromstring(text)  # noqa: S314 (our own feed)
        found += [one.tag for one in root.iter() if one.tag.rpartition("}")[2] == "zz"]
    return found
