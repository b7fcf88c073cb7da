"""The whole way of asking in Spanish, under /es/, with a switch that keeps what was typed."""

import re
from html import unescape
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from appointments.models import ConsultationRequest
from articles.models import Topic
from clinic import facts
from clinic.states import NAMES as STATES

CATALOGUE = Path("clinic/locale/es/LC_MESSAGES/django.po")
# What stays in English: names, codes, data, and pages that are in English only and say so.
SAME = re.compile(
    r"^[\d\W_]*$|^(No|Error:|Español|English|Lighthouse Clinic|New (York|Jersey)|Yes)$"
)
FORM = "/es/request/details/"


def said(page):
    """The words between tags, and those that are read aloud or shown from attributes."""
    html = re.sub(
        r'<(\w+)[^>]* lang="(?:en|es)(?:-us)?"[^>]*>.*?</\1>', " ", body(page), flags=re.DOTALL
    )
    html = re.sub(r"<(script|textarea)\b.*?</\1>", " ", html, flags=re.DOTALL)
    words = re.split(r"<[^>]+>", html) + re.findall(r'(?:aria-label|alt|title)="([^"]+)"', html)
    return {unescape(" ".join(text.split())) for text in words} - {""}


def body(page):
    return page.content.decode().partition("<html")[2].partition(">")[2]


def alike(english, spanish):
    """What both pages say in the same words, but for numbers and names."""
    both = said(english) & said(spanish)
    return {text for text in both if not SAME.match(text) and re.search(r"[A-Za-z]{3}", text)}


@pytest.fixture
def known(practice):
    return {"Lighthouse Clinic", practice.phone.as_national}


@pytest.mark.parametrize("path", ["/crisis/", "/request/", "/request/details/", "/nowhere/"])
def test_no_word_of_a_page_is_left_in_english(client, known, path):
    english, spanish = client.get(path), client.get("/es" + path)
    assert alike(english, spanish) - known == set()
    assert '<html lang="es">' in spanish.content.decode()
    assert spanish["Content-Language"] == "es"
    assert 'href="tel:988"' in spanish.content.decode()


def test_errors_answers_and_confirmation_are_in_spanish_too(client, answers, known):
    for typed in ({}, answers(send=None), answers(is_adult="no")):
        english, spanish = client.post("/request/details/", typed), client.post(FORM, typed)
        mine = {unescape(str(value)) for value in typed.values()} | {"(212) 555-0123"}
        assert alike(english, spanish) - known - mine == set()


def test_the_status_page_and_its_forms_are_in_spanish(client, a_request, known):
    wanted = a_request(language="es", preferred_channel="phone")
    for name in ("", "change/", "withdraw/"):
        address = wanted.get_absolute_url() + name
        same = alike(client.get(address), client.get("/es" + address))
        assert same - known - {wanted.reference} == set()
    text = client.get("/es" + wanted.get_absolute_url()).content.decode()
    assert re.search(r"<strong>\w+ \d+ de [a-z]+ de 20\d\d, \d", text)


def test_a_request_in_spanish_leads_on_in_spanish_and_staff_read_english(
    client, answers, at_the_desk, mailoutbox
):
    page = client.post(FORM, answers())
    assert page["Location"].startswith("/es/request/status/")
    wanted = ConsultationRequest.objects.get()
    assert wanted.language == "es"
    call_command("worker", "--once")
    to_person = next(m for m in mailoutbox if m.to == ["ana@example.com"])
    assert to_person.subject == f"Tenemos su solicitud {wanted.reference}"
    assert "https://clinic.example/es/request/status/" in to_person.body
    assert "AYUDA" in to_person.body and "We " not in to_person.body
    to_staff = next(m for m in mailoutbox if m.to == ["desk@clinic.example"])
    assert to_staff.subject == f"New request {wanted.reference}"


def test_the_switch_keeps_everything_and_complains_of_nothing(client, answers):
    for path, other in ((FORM, "/request/details/"), ("/request/details/", FORM)):
        page = client.post(path, {"name": "Ana Núñez", "message": "Hola", "check": "1"})
        assert f'formaction="{other}"' in page.content.decode()
        switched = client.post(other, {"name": "Ana Núñez", "message": "Hola", "switch": "1"})
        text = switched.content.decode()
        assert switched.status_code == 200
        assert 'value="Ana Núñez"' in text and "Hola" in text
        assert 'class="summary' not in text
    assert not ConsultationRequest.objects.exists()


def test_the_enter_key_does_not_switch(client, practice):
    buttons = re.findall(r'<button[^>]* name="(\w+)"', client.get(FORM).content.decode())
    assert buttons[:2] == ["check", "switch"]


def test_the_language_is_the_addresss_whatever_the_browser_asks_for(client, practice):
    page = client.get("/request/", headers={"accept-language": "es"})
    assert page["Content-Language"] == "en-us"
    assert "Accept-Language" not in page.get("Vary", "")


def test_a_stale_form_in_spanish_comes_back_in_spanish(answers):
    page = Client(enforce_csrf_checks=True).post(FORM, answers(message="No me pierda"))
    assert page.status_code == 403
    assert "una vez más" in page.content.decode() and "No me pierda" in page.content.decode()


def test_an_unreadable_status_link_gets_one_page_in_each_language(client, practice):
    pages = [client.get(f"/es/request/status/{token}/") for token in ("x", "y" * 64)]
    assert pages[0].content == pages[1].content
    assert "No encontramos esa página" in pages[0].content.decode()


def test_every_sentence_has_its_spanish_and_the_compiled_file_says_the_same():
    written = polib.pofile(CATALOGUE)
    assert not written.untranslated_entries() and not written.fuzzy_entries()
    assert not written.obsolete_entries()
    assert said_by(polib.mofile(CATALOGUE.with_suffix(".mo"))) == said_by(written)


def said_by(catalogue):
    """The translations by their context and sentence."""
    said = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in catalogue}
    assert len(said) == len(catalogue)
    return said


def test_a_translation_keeps_the_links_and_places_of_its_sentence():
    for entry in polib.pofile(CATALOGUE):
        for mark in (r"%\(\w+\)s", r"\{\w+\}", r'href="tel:[^"]+"', r"<strong>"):
            assert sorted(re.findall(mark, entry.msgid)) == sorted(
                re.findall(mark, entry.msgstr)
            ), entry.msgid


def test_the_practices_hours_are_said_in_spanish(client, practice):
    assert facts.current().hours == [("Monday to Friday", "9 a.m. to 5 p.m.")]
    assert "lunes a viernes" in client.get("/es/crisis/").content.decode()


def choices_of(form):
    """Every label that a visitor may choose by, in the language that is spoken."""
    return {
        str(label)
        for field in form.fields.values()
        for code, label in getattr(field, "choices", [])
        if str(code) not in STATES
    }


def test_every_choice_of_the_form_has_spanish_words(client, db):
    """Topics are rows; those that come with the site, and all that have a Spanish name, are said in Spanish."""
    call_command("seed_demo", verbosity=0)
    Topic.objects.create(name="Sleep", spanish_name="Sueño", slug="sleep", kind="condition")
    facts.forget()
    english, spanish = (client.get(path).context["form"] for path in ("/request/details/", FORM))
    with translation.override("en-us"):
        said_in_english = choices_of(english)
    with translation.override("es"):
        said_in_spanish = choices_of(spanish)
    assert len(said_in_english) == len(said_in_spanish) > 20
    assert said_in_english & said_in_spanish <= {"No"}
    text = client.get(FORM).content.decode()
    assert "Crisis y pensamientos suicidas" in text and "Sueño" in text
    assert "suicidal" not in text


@pytest.mark.parametrize("path", ["/es/crisis/", "/es/request/", FORM, "/es/nowhere/"])
def test_spanish_pages_say_what_the_lines_understand_in_spanish(client, practice, path):
    text = client.get(path).content.decode()
    assert 'href="sms:741741?body=AYUDA"' in text and 'href="sms:988?body=AYUDA"' in text
    assert "oprima el 2" in text
    for english in ("HOME", 'href="sms:988"', "body=HOME"):
        assert english not in text
    assert 'href="sms:741741?body=HOME"' in client.get(path.removeprefix("/es")).content.decode()


def test_every_page_in_spanish_names_the_way_to_text_where_english_does(client, a_request):
    wanted = a_request(language="es")
    for path, words in (
        (f"/es/request/status/{wanted.token}/", "¿Se siente peor?"),
        ("/es/crisis/", "Si está en peligro, llame al"),
    ):
        line = client.get(path).content.decode().split(words)[1].split("</p>")[0]
        assert 'href="sms:988?body=AYUDA"' in line and "el 2" in line


def test_spanish_mails_and_errors_never_say_home():
    with translation.override("es"):
        for template in ("appointments/email/_crisis.txt", "clinic/_partials/crisis_lines.html"):
            said = render_to_string(template)
            assert "HOME" not in said and "AYUDA" in said
