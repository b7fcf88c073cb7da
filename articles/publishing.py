"""What stands between a draft and the public."""

from django.core.exceptions import ValidationError

FEWEST_REFERENCES = 2


class NotReadyToPublish(ValidationError):
    """Raised with the list of what is missing, each saying what to do."""


def missing(article):
    """What the article still needs, as sentences; an empty list when it is ready."""
    needs = [
        (article.answer, "Write the answer in one sentence."),
        (article.body, "Write the text."),
        ("off-label" in article.off_label.lower() or "approved" in article.off_label.lower(),
         "Say in the approval status whether this use is approved or off-label."),
        (article.risks, "Fill in the risks."),
        (article.contraindications, "Fill in who should not have it."),
        (article.unknowns, "Fill in what we do not know."),
        (_linked_references(article) >= FEWEST_REFERENCES,
         f"Add at least {FEWEST_REFERENCES} references with a DOI, PMID, PMCID or address."),
        (article.reviewed_by_id or article.is_sample,
         "Name the clinician who reviewed it, or mark it as sample content."),
    ]  # fmt: skip
    return [what_to_do for is_there, what_to_do in needs if not is_there]


def refuse_unless_ready(article):
    """Raises NotReadyToPublish unless nothing is missing."""
    if needs := missing(article):
        raise NotReadyToPublish(needs)


def _linked_references(article):
    return sum(bool(reference.link) for reference in article.references.all())
