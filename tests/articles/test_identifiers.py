"""Sources and links as people copy them."""

import pytest
from django.core.exceptions import ValidationError

from articles import identifiers, prose
from articles.link_wrappers import unwrapped
from articles.models import Reference
from tests.articles.test_the_editors_desk import desk, form_of

BARE = "10.1001/jama.2023.1"


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        (BARE, BARE),
        (f" {BARE}. ", BARE),
        (f"doi:{BARE}", BARE),
        (f"DOI: {BARE};", BARE),
        (f"https://doi.org/{BARE}", BARE),
        (f"http://dx.doi.org/{BARE}?utm_source=x", BARE),
        (f"doi.org/{BARE}", BARE),
        (f"https://doi.org/https://doi.org/{BARE}", BARE),
        ("https://doi.org/10.1001%2Fjama.2023.1", BARE),
        (f"https://www.nejm.org/doi/full/{BARE}", BARE),
        (f"https://onlinelibrary.wiley.com/doi/{BARE}/abstract#x", BARE),
        (f"Smith (2023). ({BARE})", BARE),
        ("10.1016/S0140-6736(05)12345-6", "10.1016/S0140-6736(05)12345-6"),
        ("(10.1016/S0140-6736(05)12345-6).", "10.1016/S0140-6736(05)12345-6"),
        ("10.1002/(SICI)1097-0258(19980815)17:15<1661", "10.1002/(SICI)1097-0258(19980815)17:15"),
        (f"https://www.google.com/url?q=https://doi.org/{BARE}&sa=D", BARE),
        (f"\u200bdoi: {BARE}\u00ad", BARE),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_doi_is_read_in_any_usual_form(typed, bare):
    assert identifiers.doi(typed) == bare
    assert Reference(doi=typed, text="x").link == (f"https://doi.org/{bare}" if typed.strip() else Reference(doi=typed).link)  # fmt: skip


@pytest.mark.parametrize(
    ("read", "typed", "bare"),
    [
        (identifiers.pmid, "12345678", "12345678"),
        (identifiers.pmid, "PMID: 12345678.", "12345678"),
        (identifiers.pmid, "pmid12345678", "12345678"),
        (identifiers.pmid, "https://pubmed.ncbi.nlm.nih.gov/12345678/", "12345678"),
        (identifiers.pmid, "https://www.ncbi.nlm.nih.gov/pubmed/12345678?dopt=Abstract", "12345678"),
        (identifiers.pmcid, "PMC1234567", "PMC1234567"),
        (identifiers.pmcid, "1234567", "PMC1234567"),
        (identifiers.pmcid, "PMCID: PMC1234567.", "PMC1234567"),
        (identifiers.pmcid, "pmc 1234567;", "PMC1234567"),
        (identifiers.pmcid, "https://pmc.ncbi.nlm.nih.gov/articles/PMC1234567/", "PMC1234567"),
        (identifiers.pmcid, "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/pdf/a.pdf", "PMC1234567"),
    ],
)  # fmt: skip
def test_the_numbers_of_pubmed_are_read_in_any_usual_form(read, typed, bare):
    assert read(typed) == bare


@pytest.mark.parametrize(
    ("read", "typed"),
    [
        (identifiers.doi, "PMC1234567"),
        (identifiers.doi, "jama.2023.1"),
        (identifiers.pmid, "PMC1234567"),
        (identifiers.pmid, BARE),
        (identifiers.pmid, "https://example.org/"),
        (identifiers.pmcid, "about it"),
        (identifiers.pmcid, BARE),
    ],
)
def test_what_is_no_identifier_is_refused_with_words(read, typed):
    with pytest.raises(ValidationError, match="Enter"):
        read(typed)


@pytest.mark.ignore_template_errors
def test_the_form_of_an_article_takes_addresses_for_identifiers(editor, practice, an_article):
    draft = an_article(published=False)
    draft.references.all().delete()
    source = {
        "references-TOTAL_FORMS": "1",
        "references-0-position": "1",
        "references-0-text": "A study",
        "references-0-doi": f"https://doi.org/{BARE}",
        "references-0-pmid": "https://pubmed.ncbi.nlm.nih.gov/12345678/",
        "references-0-pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/",
        "references-0-url": "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.org%2Fb&data=05%7Cana%40clinic.org",
    }
    assert editor.post(desk(draft, "change"), form_of(draft, **source)).status_code == 302
    (kept,) = draft.references.values_list("doi", "pmid", "pmcid", "url")
    assert kept == (BARE, "12345678", "PMC1234567", "https://a.org/b")


SAFELINK = "https://nam02.safelinks.protection.outlook.com/?url={}&data=05%7C01%7Cana%40clinic.org&reserved=0"


@pytest.mark.parametrize(
    ("address", "within"),
    [
        (SAFELINK.format("https%3A%2F%2Fa.org%2Fb%3Fc%3Dd%26e%3Df"), "https://a.org/b?c=d&e=f"),
        (SAFELINK.format("https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fa.org%252Fb"), "https://a.org/b"),
        ("https://www.google.com/url?sa=t&url=http%3A%2F%2Fa.org%2F&usg=x", "https://a.org/"),
        ("https://www.google.co.uk/url?q=https://a.org/b&sa=D", "https://a.org/b"),
        ("https://www.google.com/amp/s/a.org/b?c=d", "https://a.org/b?c=d"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.org%2F%3Ffbclid%3Dx&h=y", "https://a.org/"),
        ("https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fa%2Eorg%2F&urlhash=x", "https://a.org/"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__a.org_b-2Dc-5Fd&d=DwMF&c=x", "https://a.org/b-c_d"),
        ("https://urldefense.com/v3/__https://a.org/b__;!!abc!def$", "https://a.org/b"),
        ("https://urldefense.com/v3/__https://a.org/b*c?d=e__;Iw!!abc!def$", "https://a.org/b#c?d=e"),
        ("https://urldefense.com/v3/__https:/a.org/b__;!!abc!def$", "https://a.org/b"),
        ("https://a.org/?utm_source=x&id=7&UTM_medium=y&gclid=z#part", "https://a.org/?id=7#part"),
        ("https://a.org/?utm_source=x", "https://a.org/"),
        # Not wrapped, or not to be read: as it is.
        ("https://a.org/?q=https://b.org/&x=%2f", "https://a.org/?q=https://b.org/&x=%2f"),
        ("https://google.com.evil.org/url?q=https://b.org/", "https://google.com.evil.org/url?q=https://b.org/"),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://www.google.com/search?q=https://b.org/", "https://www.google.com/search?q=https://b.org/"),
        ("https://[broken/url", "https://[broken/url"),
        ("mailto:a@b.org?utm_source=x", "mailto:a@b.org?utm_source=x"),
        ("#ref-1", "#ref-1"),
        ("/articles/?utm_source=x", "/articles/?utm_source=x"),
    ],
)  # fmt: skip
def test_a_wrapped_address_becomes_the_one_within(address, within):
    assert unwrapped(address) == within
    assert unwrapped(within) == within


def test_a_text_holds_the_addresses_within():
    link = SAFELINK.format("https%3A%2F%2Fa.org%2Fb").replace("&", "&amp;")
    kept = '<p><a href="https://a.org/b" rel="noreferrer">a</a></p>'
    assert prose.clean(f'<p><a href="{link}">a</a></p>') == kept
    link = SAFELINK.format("javascript%3Aalert(1)")
    assert "javascript:" not in prose.clean(f'<p><a href="{link}">a</a></p>')
