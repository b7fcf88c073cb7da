import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from appointments.forms.fields import PhoneField
from appointments.models import ConsultationRequest
from appointments.models.phones import phone_indexes
from clinic.fields import Unreadable, blind_index


def raw(column, pk):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM appointments_consultationrequest WHERE id = %s",  # noqa: S608
            [pk],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("column", ["name", "phone", "email", "message"])
def test_the_database_cannot_read_what_a_person_wrote(a_request, column):
    wanted = a_request()
    stored = raw(column, wanted.pk)
    assert getattr(wanted, column) not in stored
    assert getattr(ConsultationRequest.objects.get(), column) == getattr(wanted, column)


def test_the_same_words_are_locked_differently_each_time(a_request):
    first, second = a_request(), a_request()
    assert raw("name", first.pk) != raw("name", second.pk)


def test_an_encrypted_column_cannot_be_searched(db):
    with pytest.raises(FieldError, match="blind index"):
        ConsultationRequest.objects.filter(name="Ana")


def test_an_older_key_still_opens_and_a_newer_one_locks(a_request, settings):
    old = settings.CLINIC_FIELD_KEYS
    wanted = a_request()
    settings.CLINIC_FIELD_KEYS = [Fernet.generate_key().decode(), *old]
    again = ConsultationRequest.objects.get(pk=wanted.pk)
    assert again.name == "Ana Núñez"
    again.save()
    settings.CLINIC_FIELD_KEYS = settings.CLINIC_FIELD_KEYS[:1]
    assert ConsultationRequest.objects.get(pk=wanted.pk).name == "Ana Núñez"


def test_a_row_that_no_key_opens_says_so_and_is_not_destroyed_by_saving(a_request, settings):
    wanted = a_request()
    before = {column: raw(column, wanted.pk) for column in ("name", "email_index", "phone_index")}
    right = settings.CLINIC_FIELD_KEYS
    settings.CLINIC_FIELD_KEYS = [Fernet.generate_key().decode()]
    locked = ConsultationRequest.objects.get(pk=wanted.pk)
    assert isinstance(locked.name, Unreadable)
    assert locked.name == "(cannot be read)"
    locked.save()
    assert {column: raw(column, wanted.pk) for column in before} == before
    settings.CLINIC_FIELD_KEYS = right
    assert ConsultationRequest.objects.get(pk=wanted.pk).name == "Ana Núñez"


def test_a_row_that_no_key_opens_can_still_be_listed_and_deleted(a_request, settings):
    a_request()
    settings.CLINIC_FIELD_KEYS = [Fernet.generate_key().decode()]
    assert len(ConsultationRequest.objects.all()) == 1
    ConsultationRequest.objects.all().delete()
    assert not ConsultationRequest.objects.exists()


def test_a_fingerprint_ignores_case_and_space_and_keeps_kinds_apart():
    assert blind_index("email", " Ana@Example.COM ") == blind_index("email", "ana@example.com")
    assert blind_index("email", "ana@example.com") != blind_index("phone", "ana@example.com")
    assert blind_index("email", "") == ""


def test_requests_from_one_phone_are_found_however_it_was_written(a_request):
    first = a_request(phone="+12125550123", email="")
    second = a_request(phone="+12125550123x45", email="")
    other = a_request(phone="+12125550124", email="")
    assert list(ConsultationRequest.objects.from_same_person(first)) == [second]
    assert not ConsultationRequest.objects.from_same_person(other).exists()


@pytest.mark.parametrize("typed", ["(212) 555-0123", "212-555-0123 ext. 9"])
def test_a_number_has_one_fingerprint_as_it_was_typed_and_as_it_is_kept(typed):
    kept = PhoneField().clean(typed)
    assert str(kept) == kept and type(str(kept)) is str
    assert phone_indexes(kept) == phone_indexes(str(kept)) == phone_indexes(typed)
    assert phone_indexes(kept)


def test_no_phone_is_not_the_same_as_no_phone(a_request):
    first = a_request(phone="", email="a@example.com", preferred_channel="email")
    a_request(phone="", email="b@example.com", preferred_channel="email")
    assert not ConsultationRequest.objects.from_same_person(first).exists()
