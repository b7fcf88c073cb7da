"""The sample articles: they pass the gate but for the clinician's signature, and their sources hold."""

import re
import tomllib

import pytest
from django.core.management import call_command

from articles.models import Article, Cover
from articles.publishing import missing
from articles.readability import plain
from clinic.management.commands.seed_demo import ARTICLES

FILES = sorted(path for path in ARTICLES.glob("*.toml") if path.stem != "topics")
PARTS = ["answer", "summary", "off_label", "body", "risks", "contraindications", "unknowns"]
PARTS += ["other_options"]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def article(request):
    return tomllib.loads(request.param.read_text("utf-8"))


def test_there_are_twelve():
    assert len(FILES) == 12


def test_nothing_but_the_signature_stands_in_their_way(db, var, capsys):
    call_command("seed_demo")
    for article in Article.objects.all():
        assert missing(article) == ["A clinician has not reviewed and signed it yet."]
        assert article.is_sample and article.is_public


def test_it_says_what_every_article_must(article):
    text = plain(" ".join(article[part] for part in PARTS))
    assert "988" in text
    assert all(article[part] for part in PARTS)
    assert article["cover"] in Cover.values
    assert len(article["summary"]) <= 160 and len(article["answer"]) <= 300


def test_its_sources_can_be_looked_up_and_are_all_used(article):
    references = article["references"]
    assert sum(any(r.get(key) for key in ("doi", "pmid", "pmcid")) for r in references) >= 3
    text = " ".join(article[part] for part in PARTS)
    cited = {int(number) for number in re.findall(r'href="#ref-(\d+)"', text)}
    assert cited == set(range(1, len(references) + 1))


def test_its_risks_have_as_much_room_as_any_part(article):
    assert len(plain(article["risks"]).split()) >= 80
