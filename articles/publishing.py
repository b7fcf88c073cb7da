"""What stands between a draft and the public. `Article.publish` asks, whatever the door."""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.urls import Resolver404, resolve
from django.utils import timezone

from articles import claims, prose, readability, wording

FEWEST_REFERENCES = 2
REVIEW_LASTS = timedelta(days=365)  # a year, as health services review their pages
PARTS = {
    "title": "Title",
    "answer": "Answer in one sentence",
    "summary": "Summary",
    "off_label": "Approval status",
    "body": "Text",
    "risks": "Risks",
    "contraindications": "Who should not have it",
    "unknowns": "What we do not know",
    "other_options": "Other options",
}
PICTURES = "pictures"  # their words are no field of the article
TREATMENTS = re.compile(r"\b(es)?ketamine\b|\bspravato\b", re.IGNORECASE)
STATUS = re.compile(r"\boff-label\b|\bapproved\b", re.IGNORECASE)
LINK = re.compile(r'href="([^"]+)"')


class NotReadyToPublish(ValidationError):
    """Raised with the list of what is missing, each saying what to do."""


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way: what to do about it, and where."""

    what_to_do: str
    part: str = ""  # a key of PARTS, PICTURES, or "" for the whole article
    line: str = ""  # the sentence it is about
    rule: str = ""  # the claim's rule; only these may be allowed, and only if they do not block
    blocks: bool = True
    is_signature: bool = False

    @property
    def part_name(self):
        return PARTS.get(self.part, "Words of a picture" if self.part == PICTURES else "")

    def __str__(self):
        place = f"{self.part_name}: “{self.line}” " if self.line else ""
        return f"{place}{self.what_to_do}"


def findings(article, alongside=()):
    """Everything that stands in the way. `alongside` holds slugs that go public in the same step."""
    return [
        *_parts(article),
        *_approval(article),
        *_sources(article),
        *_broken_links(article, alongside),
        *_pictures(article),
        *_crisis(article),
        *_reading(article),
        *_claims(article),
        *_signature(article),
    ]


def standing(article, alongside=()):
    """The findings but the warnings that a reviewer let stand, with a note, for this very sentence."""
    allowed = set(article.allowances.values_list("rule", "line")) if article.pk else set()
    return [
        found
        for found in findings(article, alongside)
        if found.blocks or (found.rule, found.line) not in allowed
    ]


def missing(article):
    """What the article still needs, as sentences; an empty list when it is ready."""
    return [str(found) for found in standing(article)]


def refuse_unless_ready(article, alongside=()):
    """Raises NotReadyToPublish unless nothing is missing."""
    if needs := _in_the_way(article, alongside):
        raise NotReadyToPublish([str(found) for found in needs])


def ready_together(articles):
    """The slugs of those among these articles that can go public in one step, linking to each other."""
    ready = list(articles)
    while True:
        slugs = {article.slug for article in ready}
        still = [article for article in ready if not _in_the_way(article, slugs)]
        if len(still) == len(ready):
            return slugs
        ready = still


def _in_the_way(article, alongside):
    """What refuses publishing. Sample content says on its page that nobody has signed it, and needs no signature."""
    needs = standing(article, alongside)
    return [found for found in needs if not (found.is_signature and article.is_sample)]


def _parts(article):
    wanted = {
        "answer": "Write the answer in one sentence.",
        "body": "Write the text.",
        "risks": "Fill in the risks.",
        "contraindications": "Fill in who should not have it.",
        "unknowns": "Fill in what we do not know.",
    }
    return [Finding(ask, part) for part, ask in wanted.items() if not getattr(article, part)]


def _approval(article):
    """The FTC wants a disclosure before the claim, and as clear. The page shows the approval status above the text."""
    if not _is_about_treatment(article):
        return
    if not STATUS.search(article.off_label):
        yield Finding(
            "Say in the approval status whether this use is approved or off-label.", "off_label"
        )
    benefit, status = claims.BENEFIT.search(article.answer), STATUS.search(article.answer)
    if benefit and not (status and status.start() < benefit.start()):
        yield Finding(
            f"Say that this use is off-label, or approved, before “{benefit[0]}”.",
            "answer",
            article.answer,
        )


def _is_about_treatment(article):
    has_topic = article.topic_id is not None
    if has_topic and article.topic.kind == article.topic.Kind.TREATMENT:
        return True
    return any(TREATMENTS.search(getattr(article, part)) for part in PARTS)


def _sources(article):
    linked = sum(bool(one.link) for one in article.references.all()) if article.pk else 0
    if linked < FEWEST_REFERENCES:
        yield Finding(
            f"Add at least {FEWEST_REFERENCES} references with a DOI, PMID, PMCID or address."
        )


def _broken_links(article, alongside):
    """Links into this page and this site. Others are not followed: a text is checked without asking anyone."""
    anchors = {f"#ref-{n}" for n in range(1, article.references.count() + 1)} if article.pk else ()
    anchors = {*anchors, "#risks", "#unknown", "#other-options", "#references"}
    texts = [getattr(article, part) for part in wording.LONG_TEXTS[1:]]
    anchors |= {f"#{heading.anchor}" for heading in prose.headings(*texts)}
    for part in wording.LONG_TEXTS:
        for address in dict.fromkeys(LINK.findall(getattr(article, part))):
            if address.startswith("#"):
                is_broken = address not in anchors
            else:
                is_broken = address.startswith("/") and not _leads_somewhere(
                    article, address, alongside
                )
            if is_broken:
                yield Finding(f"Mend the link to {address}: it leads nowhere.", part)


def _leads_somewhere(article, address, alongside):
    path = address.partition("#")[0].partition("?")[0]
    try:
        found = resolve(path)
    except Resolver404:
        return False
    if found.view_name != "articles:article":
        return True
    slug = found.kwargs["slug"]
    now = timezone.now()
    return slug in alongside or type(article).objects.published(now).filter(slug=slug).exists()


def _pictures(article):
    """Pictures that were deleted since. What a picture shows is asked for when it is uploaded."""
    there = {picture.pk for picture in article.pictures()}
    for part in wording.LONG_TEXTS:
        for number in sorted(prose.pictures(getattr(article, part)) - there):
            yield Finding(f"There is no picture {number}. Choose another, or take it out.", part)


def _crisis(article):
    spoken_of = {part: claims.CRISIS.search(getattr(article, part)) for part in PARTS}
    if any(spoken_of.values()) and "988" not in readability.plain(*article.long_texts):
        part, match = next((part, match) for part, match in spoken_of.items() if match)
        line = claims.sentence_round(readability.plain(getattr(article, part)), match.start())
        yield Finding("Name 988 in the text: it speaks of suicide or crisis.", part, line)


def _reading(article):
    grade, smog = readability.grades(*article.long_texts)
    limits = readability.HIGHEST_FLESCH_KINCAID, readability.HIGHEST_SMOG
    if grade <= limits[0] and smog <= limits[1]:
        return
    hard = " / ".join(readability.hardest_sentences(*article.long_texts))
    yield Finding(
        f"Make it easier to read: grade {grade:.1f} (at most {limits[0]:.0f}) by Flesch-Kincaid, "
        f"{smog:.1f} (at most {limits[1]:.0f}) by SMOG. Start with: {hard}"
    )


def _claims(article):
    texts = [(part, readability.plain(getattr(article, part))) for part in PARTS]
    texts += [
        (PICTURES, " ".join(filter(None, picture.words.values()))) for picture in article.pictures()
    ]
    for part, text in texts:
        for rule, line in claims.breaches(text):
            yield Finding(f"{rule.reason} {rule.instead}", part, line, rule.id, rule.blocks)


def _signature(article):
    if not article.signed_digest:
        yield Finding("A clinician has not reviewed and signed it yet.", is_signature=True)
    elif article.signed_digest != article.digest():
        yield Finding(
            f"The text changed after {article.reviewed_by} signed it. It needs a new signature.",
            is_signature=True,
        )
    elif article.is_past_review(timezone.localdate()):
        yield Finding("Its review is past due. It needs a new signature.", is_signature=True)
