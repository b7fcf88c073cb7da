"""The gate: claims, reading grade, links, crisis lines, and the reviewer's signature."""

import pytest
from django.utils import timezone

from articles import claims
from articles.models import Article
from articles.publishing import NotReadyToPublish, findings, missing, ready_together


def rules_against(an_article, text, **fields):
    draft = an_article(published=False, body=f"<p>{text}</p>", **fields)
    return {found.rule for found in findings(draft) if found.rule}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("safe-and-effective", "Ketamine is both safe and effective."),
        ("safe", "It is generally considered safe and easy."),
        ("safe", "Ketamine is relatively safe even at higher doses."),
        ("breathing", "It doesn’t depress breathing or circulatory systems."),
        ("mechanism", "It gives the brain a reset."),
        ("mechanism", "It grows new synaptic connections in days."),
        ("proof", "Studies are confirming its effectiveness."),
        ("trials-show", "Clinical trials have shown that low doses can help."),
        ("promising", "It has shown promise for anxiety."),
        ("hype", "A game-changer for those who suffer."),
        ("hype", "A breakthrough for anxiety."),
        ("root-cause", "It goes to the root causes, not just masking symptoms."),
        ("lasting", "The benefits can be long-lasting: long-lasting relief."),
        ("at-once", "Many feel dramatic relief."),
        ("life-saving", "Which might just be life-saving."),
        ("crisis-care", "It helps individuals in acute distress."),
        ("most-effective", "IV is the most effective method."),
        ("most-effective", "It is especially effective for bipolar depression."),
        ("derivative", "Esketamine is a derivative of ketamine."),
        ("rarely-anxiety", "Rarely, some people feel more anxiety."),
        ("misuse-under-care", "It can be misused if not used carefully under guidance."),
        ("approval", "Nasal spray, approved by the FDA for depression."),
        ("approval-muddled", "It is off-label in many cases."),
        ("couples", "We offer couples therapy."),
        ("addiction", "Ketamine treats addiction."),
        ("pushing", "Don’t let fear hold you back."),
        ("with-therapy", "It works best combined with therapy."),
        ("cure", "It cures anxiety."),
        ("suicide-words", "People who commit suicide."),
    ],
)
def test_a_claim_is_found_and_comes_with_words_to_write_instead(an_article, rule, text):
    assert rule in rules_against(an_article, text)


@pytest.mark.parametrize(
    "text",
    [
        "It is not a cure.",
        "The FDA has not approved ketamine for any mental health condition.",
        "Spravato is FDA-approved for two uses in depression.",
        "Three small studies showed little.",
        "It does not help everyone, and effects fade.",
        "We do not know if it helps brain cells form new connections.",
        "A label that says it does not affect breathing is wrong.",
        "If you are in crisis, call or text 988.",
        "The relief did not last: no lasting effect was seen.",
        "The work of the team is to watch you.",
    ],
)
def test_honest_words_are_left_alone(an_article, text):
    assert rules_against(an_article, text) == set()


def test_every_rule_says_why_and_what_to_write():
    assert len({rule.id for rule in claims.RULES}) == len(claims.RULES)
    for rule in claims.RULES:
        assert rule.reason and rule.instead
        assert (rule.near is None) == (rule.words == 0)


def test_a_finding_names_the_line(an_article):
    draft = an_article(published=False, body="<p>Fine words. It is a miracle. More words.</p>")
    assert any(f.line == "It is a miracle." and f.part == "body" for f in findings(draft))


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        ("It helps some people, and is off-label.", True),
        ("It helps some people.", True),
        ("This use is off-label; it helps some people.", False),
        ("What a visit is like, from the first minute to the last.", False),
    ],
)
def test_the_approval_comes_before_the_first_benefit(an_article, answer, is_refused):
    words = " ".join(missing(an_article(published=False, answer=answer)))
    assert ("Say that this use is off-label" in words) == is_refused


def test_an_article_that_is_not_about_treatment_needs_no_approval(an_article):
    draft = an_article(published=False, off_label="", body="<h2>Sleep</h2><p>Rest is good.</p>")
    assert "approved or off-label" not in " ".join(missing(draft))


@pytest.mark.parametrize(
    ("link", "leads_nowhere"),
    [
        ("/articles/never-was/", True),
        ("/nothing/", True),
        ("#ref-9", True),
        ("#ref-1", False),
        ("#what-is-it", False),
        ("/request/", False),
        ("/articles/topics/anxiety/", False),
        ("https://example.org/", False),
    ],
)
def test_a_link_within_the_site_leads_somewhere(an_article, link, leads_nowhere):
    body = f'<h2>What is it?</h2><p>See <a href="{link}">this</a>.</p>'
    words = " ".join(missing(an_article(published=False, body=body)))
    assert ("leads nowhere" in words) == leads_nowhere


def test_articles_may_link_to_each_other_when_they_go_public_together(an_article):
    one = an_article(published=False, slug="one", body='<p><a href="/articles/two/">Two</a>.</p>')
    two = an_article(published=False, slug="two", body='<p><a href="/articles/one/">One</a>.</p>')
    with pytest.raises(NotReadyToPublish, match="leads nowhere"):
        one.publish(now=timezone.now())
    for article in (one, two):
        article.publish(now=timezone.now(), alongside=["one", "two"])
    assert one.is_public and two.is_public


def test_what_fails_does_not_take_its_neighbours_with_it(an_article):
    link = '<p>Ketamine. <a href="/articles/two/">Two</a>.</p>'
    an_article(published=False, slug="one", body=link)
    an_article(published=False, slug="two", risks="")
    an_article(published=False, slug="three")
    assert ready_together(Article.objects.all()) == {"three"}


def test_a_text_about_suicide_names_the_lifeline(an_article):
    said = "<p>Some people think of suicide.</p>"
    assert "Name 988" in " ".join(missing(an_article(published=False, body=said)))
    with_line = said + "<p>Call or text 988.</p>"
    assert "Name 988" not in " ".join(missing(an_article(published=False, body=with_line)))


def test_a_hard_text_is_sent_back_with_its_hardest_sentences(an_article):
    hard = (
        "Considerable heterogeneity characterizes contemporary investigations of psychopharmacology. "
        "Methodological limitations necessitate conservative interpretation. "
        "Notwithstanding preliminary observations, generalizability remains fundamentally undetermined."
    )
    words = " ".join(missing(an_article(published=False, body=f"<p>{hard}</p>")))
    assert "Make it easier to read" in words and "heterogeneity" in words


def test_names_of_drugs_do_not_count_as_hard_words(an_article):
    text = "<p>" + "Tell us if you take tranylcypromine or benzodiazepines. " * 4 + "</p>"
    assert "easier to read" not in " ".join(missing(an_article(published=False, body=text)))


# Five articles as clinics write them


CLINIC_ARTICLES = {
    "key": (
        "Ketamine is generally considered safe and gives the brain a reset, creating new pathways. "
        "It has shown promise for treatment-resistant anxiety: a breakthrough. Book your visit today.",
        {"safe", "mechanism", "promising", "hype", "pushing"},
    ),
    "method": (
        "IV is the most effective method. The spray is a derivative of ketamine, a more accessible option. "
        "It is healing the root causes of anxiety rather than masking symptoms. Rarely, some feel increased anxiety.",
        {"most-effective", "derivative", "accessible", "root-cause", "rarely-anxiety"},
    ),
    "crisis": (
        "Ketamine doesn't depress breathing. In clinical trials the relief is dramatic: dramatic relief. "
        "For suicidal thoughts it can provide immediate intervention, which might be life-saving.",
        {"breathing", "at-once", "life-saving"},
    ),
    "couples": (
        "Studies confirming its effectiveness abound, with neural repair and rewiring. "
        "Ketamine-assisted couple therapy brings emotional healing. A critical intervention for those in crisis.",
        {"proof", "mechanism", "couples", "root-cause", "crisis-care"},
    ),
    "day": (
        "In a controlled setting ketamine is both safe and effective, and particularly beneficial for individuals "
        "in acute distress. It is most effective when combined with therapy. Don't let fear hold you back.",
        {"safe-and-effective", "most-effective", "crisis-care", "with-therapy", "pushing"},
    ),
}


@pytest.mark.parametrize("name", CLINIC_ARTICLES)
def test_a_typical_clinic_article_is_refused_with_the_right_list(an_article, name):
    text, expected = CLINIC_ARTICLES[name]
    draft = an_article(
        published=False,
        references=0,
        is_sample=False,
        answer="It brings relief.",
        body=f"<p>{text}</p>",
        **dict.fromkeys(["off_label", "risks", "contraindications", "unknowns"], ""),
    )
    found = findings(draft)
    assert expected <= {one.rule for one in found}
    words = " ".join(str(one) for one in found)
    for ask in (
        "Fill in the risks.",
        "Fill in who should not have it.",
        "Fill in what we do not know.",
        "approved or off-label",
        "before “relief”",
        "at least 2 references",
        "not reviewed and signed",
    ):
        assert ask in words
    with pytest.raises(NotReadyToPublish):
        draft.publish(now=timezone.now())
