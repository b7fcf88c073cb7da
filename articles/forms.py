"""What a reader may write under an article."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.utils import timezone

from articles.links import holds_a_link
from articles.models import Reply
from clinic import traps
from clinic.typed import LineField, TextField, TrapInput, UnseenField

NO_LINKS = (
    "Take out links and addresses: we show words only. Everything else you wrote is still here."
)


class ReplyForm(forms.Form):
    name = LineField(
        label="What name should we show?",
        max_length=40,
        help_text="A made-up name is fine, and safer. Up to 40 characters.",
        error_messages={
            "required": "Enter a name to show. It does not have to be your own.",
            "max_length": "Use 40 characters or fewer for the name.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "short"}),
    )
    text = TextField(
        label="What would you like to say?",
        max_length=1500,
        help_text="Up to 1,500 characters, words only. Please leave out anything that shows who you or others are.",
        error_messages={
            "required": "Write your reply.",
            "max_length": "Use 1,500 characters or fewer for your reply.",
        },
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    # Not shown.
    more = UnseenField(widget=TrapInput(attrs={"autocomplete": "off", "tabindex": "-1"}))
    opened = UnseenField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["opened"].initial = traps.opened_at(timezone.now())
        for name in ("name", "text"):
            # A browser that cuts off a pasted text says nothing; our own message does.
            self.fields[name].widget.attrs.pop("maxlength", None)

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_class = "form"
        helper.attrs = {"novalidate": ""}
        helper.layout = Layout(Fieldset("Your reply", "name", "text", "more", "opened"))
        helper.add_input(Submit("send", "Send my reply"))
        return helper

    def clean_name(self):
        return self._words_only("name")

    def clean_text(self):
        return self._words_only("text")

    def reply(self, article, now):
        """The reply that these answers make, not stored yet. Call it on a valid form."""
        answers = self.cleaned_data
        signs = traps.signs_of_a_machine(opened=answers["opened"], trap=answers["more"], now=now)
        return Reply(
            article=article, name=answers["name"], text=answers["text"], is_suspect=bool(signs)
        )

    def _words_only(self, name):
        if holds_a_link(self.cleaned_data[name]):
            raise forms.ValidationError(NO_LINKS)
        return self.cleaned_data[name]
