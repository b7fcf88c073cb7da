"""Taking a request back."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, Submit
from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.models import Withdrawal


class WithdrawalForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Would you like to tell us why?"),
        required=False,
        choices=[("", _("I would rather not say")), *Withdrawal.choices],
        help_text=_("It helps us do better. It changes nothing about your request."),
        error_messages={"invalid_choice": _("Choose a reason from the list, or none.")},
        widget=forms.Select(attrs={"class": "short"}),
    )
    helper = FormHelper()
    helper.form_class = "form"
    helper.attrs = {"novalidate": ""}
    helper.layout = Layout("reason")
    helper.add_input(Submit("withdraw", _("Take my request back")))
