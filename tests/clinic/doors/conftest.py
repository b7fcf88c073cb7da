"""Who comes to the doors of the site, and one of each thing behind them."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.clinic.doors.addresses import Things
from tests.sign_in import recovery_codes_of

LETTERS = {
    "s": "stranger",
    "n": "nobody",
    "e": "Editor",
    "f": "Front desk",
    "c": "Clinician",
    "m": "Manager",
    "o": "owner",
}


@pytest.fixture
def who(staff, signed_in, django_user_model):
    """Args: a letter of the table. Gives the account, or None, and the browser."""

    def make(letter):
        if letter == "s":
            return None, Client()
        if letter == "o":
            user = django_user_model.objects.create_superuser("the-owner")
        else:
            user = staff(None if letter == "n" else LETTERS[letter])
        recovery_codes_of(user)
        return user, signed_in(user)

    return make


@pytest.fixture
def things(django_user_model, a_request, an_article):
    def colleague(name, role="Front desk"):
        made = django_user_model.objects.create_user(f"another-{name}", is_staff=True)
        made.groups.add(Group.objects.get(name=role))
        return made

    people = {name: colleague(name) for name in ("desk", "invited")}
    people["manager"] = colleague("manager", "Manager")
    people["owner"] = django_user_model.objects.create_superuser("another-owner")
    requests = [a_request(phone=f"+1212555010{n}", email=f"{n}@example.com") for n in range(3)]
    clinician = colleague("clinician", "Clinician")
    return Things(
        people, clinician, requests, an_article(published=False), an_article(takes_replies=True)
    )
