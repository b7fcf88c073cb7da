"""The form of a consultation request."""

import copy
import re
import secrets
from functools import lru_cache

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from appointments import questions
from appointments.forms.fields import KnownChoicesField
from appointments.forms.reaching import ReachingForm
from appointments.models import ConsultationRequest
from clinic.states import NAMES as STATES
from clinic.traps import opened_at
from clinic.typed import (
    LineField,
    TextField,
    TrapInput,
    UnseenField,
    own_field,
    sharing_fields,
)

CONSENT_VERSION = "2026-11.2"  # change it whenever the words of the consent change
ELSEWHERE = "--"
FORM_KEY = re.compile(r"^[\w-]{20,64}$")


@sharing_fields
class ConsultationRequestForm(ReachingForm):
    for_whom = forms.ChoiceField(
        label=_("Who is this for?"),
        choices=[("me", _("For me")), ("other", _("For someone else"))],
        required=False,
        initial="me",
        widget=forms.RadioSelect,
        help_text=_(
            "For someone else, we contact only you. Please do not tell us about their health."
        ),
        error_messages={"invalid_choice": _("Choose “for me” or “for someone else”.")},
    )
    relation = LineField(
        label=_("If it is for someone else: who are you to them?"),
        required=False,
        max_length=60,
        help_text=_("For example: wife, son, friend, therapist."),
        error_messages={"max_length": _("Use 60 characters or fewer to say who you are to them.")},
    )
    they_know = forms.BooleanField(
        label=_("If it is for someone else: they are an adult, and they know that I ask."),
        required=False,
    )
    is_adult = forms.ChoiceField(
        label=_("Are you 18 or older?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        help_text=_("We ask because we can only see adults. For someone else, answer for them."),
        error_messages={
            "required": _("Tell us if you are 18 or older."),
            "invalid_choice": _("Choose yes or no."),
        },
    )
    state = forms.ChoiceField(
        label=_("Where do you live?"),
        help_text=_(
            "We ask because our license covers only some states. For someone else, answer for them."
        ),
        error_messages={
            "required": _("Choose the state you live in."),
            "invalid_choice": _("Choose a state from the list."),
        },
        widget=forms.Select(attrs={"autocomplete": "address-level1", "class": "short"}),
    )
    name = LineField(
        label=_("What should we call you?"),
        max_length=100,
        help_text=_("So that we know how to greet you. A first name is enough."),
        error_messages={
            "required": _("Tell us what to call you."),
            "max_length": _("Use 100 characters or fewer for your name."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    topics = KnownChoicesField(
        label=_("What would you like to know more about?"),
        required=False,
        help_text=_("So that the right person reads your request."),
    )
    message = TextField(
        label=_("What would you like to ask?"),
        required=False,
        max_length=1000,
        help_text=_(
            "Up to 1,000 characters. A few words are enough. You do not have to give details. "
            "Please leave out medical records and other people, and do not write here in an emergency."
        ),
        error_messages={"max_length": _("Use 1,000 characters or fewer for your message.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    heard_from = forms.ChoiceField(
        label=_("How did you hear of us?"),
        required=False,
        choices=[("", _("I would rather not say")), *ConsultationRequest.HeardFrom.choices],
        error_messages={"invalid_choice": _("Choose a way from the list, or none.")},
        widget=forms.Select(attrs={"class": "short"}),
    )
    consent = forms.BooleanField(
        label=_("I agree that the clinic may use what I enter to contact me about a consultation."),
        help_text=_("We use it for nothing else. You can take your request back at any time."),
        error_messages={"required": _("Tick the box if you agree that we may contact you.")},
    )
    # Names that no browser or password manager fills by itself.
    form_key = UnseenField()
    opened = UnseenField()
    nothing_here = UnseenField(widget=TrapInput)
    # The order of the page, so that the error summary follows it.
    field_order = [name for _legend, names in questions.groups() for name in names]

    def __init__(self, *args, practice, now, focus=None, **kwargs):
        super().__init__(*args, practice=practice, **kwargs)
        codes = tuple(practice.states_served or STATES)
        self.fields.update(_fields_that_fit(codes, tuple(practice.topics.items())))
        if not self.is_bound:
            self.initial.setdefault("form_key", secrets.token_urlsafe(24))
            self.initial.setdefault("opened", opened_at(now))
        if focus in self.fields:
            own_field(self, focus).widget.attrs["autofocus"] = True

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_class = "form"
        helper.form_id = "ask"
        helper.attrs = {"novalidate": "", "name": getattr(self, "mark", "ask")}
        helper.form_action = getattr(self, "address", "appointments:details")
        groups = [Fieldset(legend, *names) for legend, names in questions.groups()]
        helper.layout = Layout(*groups, "nothing_here", "form_key", "opened")
        helper.add_input(Submit("check", _("Check your answers")))
        return helper

    def turns_away(self):
        """True as soon as the two checks say so, whatever else is still missing."""
        answers = getattr(self, "cleaned_data", {})
        return answers.get("is_adult") == "no" or answers.get("state") == ELSEWHERE

    def typed(self):
        """Every value as it was typed, for the hidden fields of the next page: pairs of a name and a value."""
        return [
            (name, value)
            for name in self.fields
            for value in (self.data.getlist(name) if hasattr(self.data, "getlist") else [])
        ]

    def clean_form_key(self):
        """A missing or made-up key is replaced: it only serves to recognise a second copy."""
        key = self.cleaned_data["form_key"]
        return key if FORM_KEY.match(key) else secrets.token_urlsafe(24)

    def clean(self):
        answers = super().clean()
        if answers.get("for_whom") == "other" and not answers.get("they_know"):
            self.add_error(
                "they_know",
                _(
                    "Tick the box if they are an adult and know that you ask. If not, ask them first."
                ),
            )
        return answers

    def request(self, language):
        """The request that these answers make, not stored yet. Call it on a valid form."""
        answers = self.cleaned_data
        is_for_other = answers["for_whom"] == "other"
        given = {name: answers[name] for name in questions.stored_as_typed()} | self.how_to_reach()
        given |= {
            "language": language,
            "consent_version": CONSENT_VERSION,
            "for_someone_else": is_for_other,
            "relation": answers["relation"] if is_for_other else "",
            "topics": "\n".join(answers["topics"]),
        }
        return ConsultationRequest(**given)


_label = lazy(lambda topic: topic.label, str)


@lru_cache(maxsize=8)
def _fields_that_fit(codes, topics):
    """The fields whose choices are the practice's own, for these states and topics. Forms share them."""
    state, about = (
        copy.deepcopy(ConsultationRequestForm.base_fields[name]) for name in ("state", "topics")
    )
    served = sorted(((code, STATES[code]) for code in codes), key=lambda pair: pair[1])
    state.choices = [("", _("Choose one")), *served, (ELSEWHERE, _("Another state"))]
    about.choices = [(slug, _label(topic)) for slug, topic in topics]
    return {"state": state, "topics": about}


for name in ("name", "relation", "email", "message"):
    # A browser that cuts off a pasted text says nothing; our own message does.
    ConsultationRequestForm.base_fields[name].widget.attrs.pop("maxlength", None)
