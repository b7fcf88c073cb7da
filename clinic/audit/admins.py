"""What every admin of the staff site says for the record: which rows a page or an action was about."""

from dataclasses import replace
from functools import wraps

from django.contrib.admin import ActionLocation

from clinic.audit.models import Outcome
from clinic.audit.notes import note, notes_of


class Recorded:
    """Put before the class of each admin that is registered (clinic/staff.py), so that none can be forgotten."""

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            note(request, found)
        return found

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        actions = super().get_actions(request, action_location)
        return {
            name: replace(action, func=_recorded(action.func, name))
            for name, action in actions.items()
        }

    def log_addition(self, request, obj, message):
        self._noted(request, [obj])
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        self._noted(request, [obj])
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        self._noted(request, queryset)
        return super().log_deletions(request, queryset)

    def _noted(self, request, rows):
        notes_of(request).is_logged = True
        note(request, *rows)


def _recorded(act, name):
    @wraps(act)
    def acting(model_admin, request, queryset):
        notes = notes_of(request)
        notes.step = name
        kind = queryset.model._meta
        has_reference = any(one.name == "reference" for one in kind.get_fields())
        chosen = queryset.values_list("reference" if has_reference else "pk", flat=True)
        rows = {(kind.label_lower, str(one)): Outcome.DONE for one in chosen}  # some may go now
        answer = act(model_admin, request, queryset)
        notes.subjects = notes.subjects or rows
        return answer

    return acting
