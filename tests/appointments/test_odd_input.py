"""What people, machines and attackers type into the form."""

import pytest

from appointments.models import ConsultationRequest

FORM = "/request/details/"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("O'Brien", "O'Brien"),
        ("Nuñez", "Nuñez"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("Robert'); DROP TABLE students;--", "Robert'); DROP TABLE students;--"),
        ("A", "A"),
        ("Ana\r\nBcc: everyone@example.com", "Ana Bcc: everyone@example.com"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Zero\u200bwidth", "Zerowidth"),
        ("bell\x07", "bell"),
        ("👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family"),
        ("Z̴̢̛a̷l̶g̵o̸", "Z̴̢̛a̷l̶g̵o̸"),
        ("{{ 7*7 }}{% debug %}", "{{ 7*7 }}{% debug %}"),
    ],
)
def test_any_name_is_welcome(client, answers, typed, kept):
    assert client.post(FORM, answers(name=typed)).status_code == 303
    assert ConsultationRequest.objects.get().name == kept


@pytest.mark.parametrize("only_invisible", ["\u202e\u200b", " \r\n ", "\x07"])
def test_a_name_that_cannot_be_seen_is_no_name(client, answers, only_invisible):
    assert client.post(FORM, answers(name=only_invisible)).status_code == 422


def test_a_message_keeps_its_lines(client, answers):
    client.post(FORM, answers(message="one\r\ntwo\n\nthree"))
    assert ConsultationRequest.objects.get().message == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(212) 555-0123", "+12125550123"),
        ("+1 212 555 0123", "+12125550123"),
        ("212.555.0123 ext 45", "+12125550123x45"),
        ("\u202a+44 20 7946 0123\u202c", "+442079460123"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("+52 1 (55) 1234-5678", "+525512345678"),
        ("011 52 55 1234 5678", "+525512345678"),
        ("011 52 1 55 1234 5678", "+525512345678"),
        ("0052 55 1234 5678", "+525512345678"),
        ("+49 30 901820 mobile", "+4930901820"),
        ("(212) 555-0123 (cell)", "+12125550123"),
        ("212-555-0123 cell", "+12125550123"),
        ("Home: 212-555-0123.", "+12125550123"),
        ("tel:+12125550123", "+12125550123"),
        ("tel:+1-212-555-0123;ext=5", "+12125550123x5"),
        ("212 555 0123 x5", "+12125550123x5"),
        ("212 555 0123 #5", "+12125550123x5"),
        ("212-555-0123, ext. 5 (work)", "+12125550123x5"),
        ("212-555-0123 extension 5", "+12125550123x5"),
        ("212-555-O123", "+12125550123"),
        ("２１２５５５０１２３", "+12125550123"),
        ("1-800-FLOWERS", "+18003569377"),
    ],
)
def test_a_phone_number_may_be_written_in_any_way(client, answers, typed, kept):
    client.post(FORM, answers(phone=typed))
    assert ConsultationRequest.objects.get().phone == kept


@pytest.mark.parametrize(
    "typed", ["555-0123", "911", "212-555-0123 or 646-555-0100", "+52 1 55", "call me", "1" * 5000]
)
def test_what_is_no_phone_number_is_a_form_error(client, answers, typed):
    page = client.post(FORM, answers(phone=typed))
    assert page.status_code == 422 and "phone" in page.context["form"].errors


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("+12125550123", "(212) 555-0123"),
        ("+12125550123x45", "(212) 555-0123 ext. 45"),
        ("+525512345678", "+52 55 1234 5678"),
        ("+442079460123", "+44 20 7946 0123"),
        ("+18765230123", "+1 876-523-0123"),
    ],
)
def test_a_number_of_another_country_is_shown_with_its_code(
    client, answers, a_request, at_the_desk, stored, read
):
    checked = client.post(FORM, answers(phone=stored, send=None)).content.decode()
    assert f"<bdi>{read}</bdi>" in checked
    wanted = a_request(phone=stored)
    address = f"/admin/appointments/consultationrequest/{wanted.pk}/"
    assert read in at_the_desk.get(f"{address}change/").content.decode()
    assert read in at_the_desk.post(f"{address}print/").content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"name=%ff%fe&message=%ed%a0%80",
        b"name=%00",
        b"\xff\xfe\x00",
        b"name=" + b"%F0%9F%92%A9" * 50,
        b"name=a&name=b&state=NY&state=ME",
        b"&&&===",
    ],
)
def test_garbage_is_a_form_error(client, practice, body):
    page = client.post(FORM, body, content_type="application/x-www-form-urlencoded")
    assert page.status_code == 422
    assert not ConsultationRequest.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"name=a", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"name=" + b"a" * 3_000_000, "application/x-www-form-urlencoded"),
        (
            b"&".join(b"f%d=1" % number for number in range(10_000)),
            "application/x-www-form-urlencoded",
        ),
        (b"--x\r\nbroken", "multipart/form-data"),
    ],
)
def test_a_body_that_no_browser_sends_is_refused_with_the_crisis_lines(
    client, practice, body, content_type
):
    page = client.post(FORM, body, content_type=content_type)
    assert page.status_code == 400
    assert 'href="tel:988"' in page.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        "\u200bana@example.com\ufeff",
        "Ana <ana@EXAMPLE.com>",
        "mailto:ana@example.com.",
        " ana@example.com,",
    ],
)
def test_an_email_address_is_stored_as_mail_needs_it_and_known_again(
    client, answers, a_request, typed
):
    client.post(FORM, answers(email=typed, phone="", preferred_channel="email"))
    stored = ConsultationRequest.objects.get()
    assert stored.email == "ana@example.com"
    assert stored.email_index == a_request(phone="").email_index


@pytest.mark.parametrize("typed", ["a@[127.0.0.1]", '"ana"@example.com', "a\x0b@example.com"])
def test_an_email_address_that_gets_no_mail_is_a_form_error(client, answers, typed):
    page = client.post(FORM, answers(email=typed))
    assert page.status_code == 422
    assert "email" in page.context["form"].errors
    assert not ConsultationRequest.objects.exists()


def test_a_slip_in_an_email_address_is_asked_about_and_may_be_ignored(client, answers):
    slip = answers(email="ana@gmial.com", send=None, message="Keep me")
    text = client.post(FORM, slip).content.decode()
    assert "Did you mean <bdi>ana@gmail.com</bdi>?" in text
    assert 'name="suggested_email" value="ana@gmail.com"' in text
    taken = client.post(FORM, slip | {"suggested_email": "ana@gmail.com"}).content.decode()
    assert (
        "<bdi>ana@gmail.com</bdi>" in taken and "Keep me" in taken and "Did you mean" not in taken
    )
    assert client.post(FORM, slip | {"send": "1"}).status_code == 303
    assert ConsultationRequest.objects.get().email == "ana@gmial.com"


def test_the_question_about_a_slip_is_asked_in_spanish(client, answers):
    slip = answers(email="ana@hotmial.com", send=None)
    text = client.post(f"/es{FORM}", slip).content.decode()
    assert "¿Quiso decir <bdi>ana@hotmail.com</bdi>?" in text


@pytest.mark.parametrize(
    "written",
    [
        str.lower,
        lambda ref: ref.replace("-", ""),
        lambda ref: ref.replace("-", " "),
        lambda ref: ref.replace("-", "–"),
        lambda ref: f"\u200b{ref}\ufeff",
        lambda ref: f"  {ref}. ",
        lambda ref: f"Request {ref}",
        lambda ref: "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign for sign in ref),
    ],
)
def test_a_reference_may_be_typed_in_any_way(a_request, written):
    wanted = a_request()
    assert ConsultationRequest.objects.with_reference(written(wanted.reference)).get() == wanted


@pytest.mark.parametrize(
    "typed", ["Ana <ANA@Example.com>", "mailto:ana@example.com", "\u200bana@example.com."]
)
def test_the_desk_finds_an_address_however_it_was_pasted(a_request, typed):
    wanted = a_request()
    assert ConsultationRequest.objects.found_by(typed).get() == wanted
