"""How and when to reach a person safely: asked with a request, and again when they change it."""

import copy
from functools import lru_cache

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from appointments import questions
from appointments.forms.fields import KnownChoicesField, PhoneField
from appointments.models import ConsultationRequest
from clinic.email_address import EmailAddressField
from clinic.models import OpeningHours
from clinic.numbers import row_number
from clinic.typed import UnseenField

TEXT_CONSENT_VERSION = "2026-11"  # change it whenever the words of may_text change
PARTS_OF_DAY = [
    ("morning", _("Morning, before noon")),
    ("afternoon", _("Afternoon, noon to 5 p.m.")),
    ("evening", _("Evening, after 5 p.m.")),
]
ASK_FOR = {
    "phone": _("Enter a phone number, or choose email."),
    "text": _("Enter a phone number, or choose email."),
    "email": _("Enter an email address, or choose a phone call."),
}
NEEDS = {"phone": "phone", "text": "phone", "email": "email"}


class ReachingForm(forms.Form):
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        help_text=_("To call you. With area code, for example 212‑555‑0123."),
        error_messages={
            "invalid": _("Enter a phone number with its area code, like 212-555-0123.")
        },
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "class": "short"}
        ),
    )
    email = EmailAddressField(
        label=_("Email"),
        required=False,
        help_text=_("To send you your reference and, if you like, our answer."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    preferred_channel = forms.ChoiceField(
        label=_("How should we reach you?"),
        choices=ConsultationRequest.Channel,
        widget=forms.RadioSelect,
        help_text=_("We try this way first. Email and text messages are not fully private."),
        error_messages={
            "required": _("Choose how we should reach you."),
            "invalid_choice": _("Choose phone call, text message, or email."),
        },
    )
    may_leave_voicemail = forms.BooleanField(
        label=_("You may leave a voicemail."),
        required=False,
        help_text=_("If you do not tick this, we hang up and try again later."),
    )
    may_say_who_calls = forms.BooleanField(
        label=_("You may say who is calling."),
        required=False,
        help_text=_(
            "If you do not tick this, we do not name the clinic to anyone who picks up, or in a voicemail."
        ),
    )
    may_text = forms.BooleanField(
        label=_("You may text me about this request at the phone number I gave."),
        required=False,
        help_text=_(
            "Your choice; you get the same care without it. A few texts at most, never advertising. Your carrier may "
            "charge you. Reply STOP at any time."
        ),
    )
    days = KnownChoicesField(
        label=_("Which days suit you?"),
        required=False,
        help_text=_("So that we call at a good time. Leave all empty if any day is fine."),
    )
    parts_of_day = KnownChoicesField(
        label=_("Which part of the day?"),
        required=False,
        choices=PARTS_OF_DAY,
    )
    reaching_fields = questions.fields_to_reach()

    def __init__(self, *args, practice, **kwargs):
        super().__init__(*args, **kwargs)
        opens = sorted({hours.weekday for hours in practice.week}) or range(5)
        self.fields.update(_times_that_suit(tuple(opens), practice.time_zone_name))

    def clean(self):
        answers = super().clean()
        self._check_contact(answers)
        if answers.get("preferred_channel") == "text" and not answers.get("may_text"):
            self.add_error(
                "may_text", _("Tick the box that allows text messages, or choose another way.")
            )
        return answers

    def _check_contact(self, answers):
        """Some way to reach the person, and the one they prefer among them."""
        channel = answers.get("preferred_channel")
        gave = self.gave(answers)
        if not any(gave.values()) and not gave.keys() & self.errors.keys():
            self.add_error("phone", _("Give us a phone number or an email address to reach you."))
            return
        needed = NEEDS.get(channel)
        if needed and not gave[needed] and needed not in self.errors:
            self.add_error(needed, ASK_FOR[channel])

    def gave(self, answers):
        return {"phone": answers.get("phone"), "email": answers.get("email")}

    def how_to_reach(self):
        """The answers as a request keeps them."""
        told = {name: self.cleaned_data[name] for name in self.reaching_fields}
        may_text = told.pop("may_text") and bool(self.gave(told)["phone"])
        return {
            **told,
            "days": [int(day) for day in told["days"]],
            "text_consent_version": TEXT_CONSENT_VERSION if may_text else "",
        }


@lru_cache(maxsize=8)
def _times_that_suit(weekdays, zone):
    """The fields about times, for a clinic that opens on these weekdays. Forms share them."""
    names = ("days", "parts_of_day")
    days, parts_of_day = (copy.deepcopy(ReachingForm.base_fields[name]) for name in names)
    days.choices = [(day, OpeningHours.Weekday(day).label) for day in weekdays]
    parts_of_day.help_text = format_lazy(_("Times are {zone}."), zone=zone)
    return {"days": days, "parts_of_day": parts_of_day}


class ChangeContactForm(ReachingForm):
    """Empty each time, because the page must not show to a stranger what the request holds."""

    seen = UnseenField()  # the request's contact_version, as the page showed it

    def __init__(self, *args, wanted, **kwargs):
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        self.initial["seen"] = wanted.contact_version
        self.fields["phone"].label = _("A new phone number")
        self.fields["email"].label = _("A new email address")
        for name in ("phone", "email"):
            self.fields[name].help_text = _("Leave it empty to keep what you gave us.")

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_class = "form"
        helper.attrs = {"novalidate": ""}
        helper.layout = Layout(Fieldset(_("How to reach you"), *self.reaching_fields), "seen")
        helper.add_input(Submit("save", _("Save the change")))
        return helper

    def gave(self, answers):
        """What stays counts too."""
        return {
            "phone": answers.get("phone") or self.wanted.phone,
            "email": answers.get("email") or self.wanted.email,
        }

    def how_to_reach(self):
        told = super().how_to_reach()
        return told | self.gave(told)

    def seen_version(self):
        """None when the page did not say."""
        return row_number(self.cleaned_data["seen"])

    def refuse_as_too_often(self):
        """The page says to call. All that was typed stays."""
        self.add_error(
            None,
            _(
                "It was changed several times within a day. Nothing was changed now. "
                "You can try again tomorrow."
            ),
        )

    def refuse_as_stale(self):
        """Another change came first. All that was typed stays, and can be sent again from this page."""
        self.add_error(
            None,
            _(
                "How we reach you was changed after you opened this page, so we did not save this. "
                "If it is still right, press “Save the change” again."
            ),
        )
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = self.wanted.contact_version
