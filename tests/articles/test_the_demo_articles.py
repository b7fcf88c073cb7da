"""The four sample articles: what medical-facts ask of every article, checked by a machine."""

import re
import tomllib

import pytest
import textstat

from articles.models import Cover
from clinic.management.commands.seed_demo import ARTICLES

FILES = sorted(path for path in ARTICLES.glob("*.toml") if path.stem != "topics")
PARTS = [
    "answer",
    "summary",
    "off_label",
    "body",
    "risks",
    "contraindications",
    "unknowns",
    "other_options",
]
NEVER = [
    "safe and effective",
    r"\breset",
    "rewir",
    r"(?<!not a )\bcure",
    "miracle",
    "breakthrough",
    "game.chang",
    "revolution",
    "life.chang",
    "life.sav",
    "guarantee",
    r"\bproven",
    "root cause",
    "no side effects",
    "100%",
    "most effective",
    "promising",
]
# Names that readers of these pages have to meet, counted as one plain word each.
NAMES = r"(?i)\b(es)?ketamine|Spravato|midazolam|esketamine|anesthetic|anesthesia|988"


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<sup>.*?</sup>|<[^>]+>", " ", html)).strip()


def sentences(article):
    """The words a reader meets, headings and list items ending like sentences."""
    html = " ".join(
        article[part]
        for part in ("body", "risks", "contraindications", "unknowns", "other_options")
    )
    ended = re.sub(r"([^.?!>])\s*</(p|li|h2|h3)>", r"\1.</\2>", html)
    return re.sub(NAMES, "drug", plain(ended))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def article(request):
    return tomllib.loads(request.param.read_text("utf-8"))


def test_there_are_four():
    assert len(FILES) == 4


def test_it_says_what_every_article_must(article):
    text = plain(" ".join(article[part] for part in PARTS))
    assert "off-label" in article["off_label"]
    assert "988" in text
    assert all(article[part] for part in PARTS)
    assert article["cover"] in Cover.values
    assert len(article["summary"]) <= 160 and len(article["answer"]) <= 300


def test_it_uses_no_word_of_the_claims_list(article):
    text = plain(" ".join(article[part] for part in PARTS))
    for claim in NEVER:
        assert not re.search(claim, text, re.IGNORECASE), claim
    for match in re.finditer(r"FDA.approved", text):
        around = " ".join(text[: match.start()].split()[-12:] + text[match.end() :].split()[:12])
        assert re.search(r"Spravato|esketamine|anesthe|\bnot\b", around, re.IGNORECASE)


def test_its_sources_can_be_looked_up_and_are_all_used(article):
    references = article["references"]
    assert sum(any(r.get(key) for key in ("doi", "pmid", "pmcid")) for r in references) >= 3
    text = " ".join(article[part] for part in PARTS)
    cited = {int(number) for number in re.findall(r'href="#ref-(\d+)"', text)}
    assert cited == set(range(1, len(references) + 1))


def test_it_reads_at_grade_eight_or_below(article):
    text = sentences(article)
    assert textstat.flesch_kincaid_grade(text) <= 8.0
    assert textstat.smog_index(text) <= 10.0


def test_its_risks_have_as_much_room_as_any_part(article):
    assert len(plain(article["risks"]).split()) >= 80
