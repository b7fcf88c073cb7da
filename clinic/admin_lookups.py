"""Which questions the address of an admin's list may ask: those that its own links ask, and no others.

Django lets an address filter a list by any field, through relations too, and by parts of a value. Whoever may open the
list could so find out, letter by letter, how a password's hash begins.
"""

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.db import DataError
from django.db.models import DateField
from django.db.models.constants import LOOKUP_SEP
from django.shortcuts import redirect

from clinic.numbers import row_number

NOT_READ = "The list could not be narrowed down like that. You see all of it."
NOT_OURS = "Nothing was changed: choose rows from the list and press the button again."
HIERARCHY = ("year", "month", "day")


class UnreadableFilter(Exception):
    """The address asks for a value that the field of the list cannot have."""


class ListedLookups:
    """Put before the class of each admin that is registered (clinic/staff.py).

    An admin may name further fields, or paths to fields, by whose whole value an address may filter its list:
    `exact_lookups`, a list of names.
    """

    def lookup_allowed(self, lookup, value, request):
        return lookup in self._listed_lookups(request)

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (IncorrectLookupParameters, ValueError, OverflowError, DataError) as error:
            if not request.GET:
                raise
            raise UnreadableFilter from error

    def changelist_view(self, request, extra_context=None):
        try:
            return super().changelist_view(request, extra_context)
        except UnreadableFilter:
            self.message_user(request, NOT_READ, messages.WARNING)
            return redirect(request.path)

    def response_action(self, request, queryset, **kwargs):
        """An action on rows that no list of ours shows is not carried out."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(row_number(one) is None for one in chosen):
            self.message_user(request, NOT_OURS, messages.WARNING)
            return None
        return super().response_action(request, queryset, **kwargs)

    def _listed_lookups(self, request):
        """The names of all lookups that the filters, the date hierarchy and `exact_lookups` need."""
        further = getattr(self, "exact_lookups", [])
        listed = {f"{path}{end}" for path in further for end in ("", "__exact")}
        if self.date_hierarchy:
            listed |= {LOOKUP_SEP.join([self.date_hierarchy, part]) for part in HIERARCHY}
        for one in self.get_list_filter(request):
            if isinstance(one, type) and issubclass(one, SimpleListFilter):
                listed.add(one.parameter_name)
            else:
                listed |= self._lookups_of_field(one)
        return listed

    def _lookups_of_field(self, item):
        """Args: item is a path to a field, or a pair of one and the class of its filter."""
        path = item[0] if isinstance(item, tuple | list) else item
        field = get_fields_from_path(self.model, path)[-1]
        ends = ["exact", "isnull", "isempty"]
        if field.is_relation:
            ends.append(f"{field.target_field.name}__exact")
        if isinstance(field, DateField):
            ends += ["gte", "lt"]
        return {path, *(LOOKUP_SEP.join([path, end]) for end in ends)}
