"""What finds a request again without reading it: keyed fingerprints of its phone, e-mail and message."""

from django.db.models import Q

from appointments.models.phones import phone_indexes
from clinic.email_address import comparable
from clinic.fields import Unreadable, blind_indexes

SHORTEST_TO_COMPARE = 40  # characters: short messages are often the same by chance


def email_indexes(text):
    """The fingerprints of an address, the newest first; equal for all ways of typing one address."""
    return blind_indexes("email", comparable(text)) if text else []


def message_indexes(text):
    return blind_indexes("message", text) if len(text) >= SHORTEST_TO_COMPARE else []


# Each fingerprint's column, the column that it stands for, and how it is made.
MADE = {
    "phone_index": ("phone", phone_indexes),
    "email_index": ("email", email_indexes),
    "message_index": ("message", message_indexes),
}


NOBODYS = "-"  # where there is no fingerprint: equal to none of those that are stored


class Fingerprints:
    """How a ConsultationRequest is known again."""

    def fingerprints(self):
        """The newest fingerprints by column, but for texts that cannot be read or were not loaded."""
        not_loaded = self.get_deferred_fields()
        return {
            column: next(iter(made(getattr(self, name))), "")
            for column, (name, made) in MADE.items()
            if name not in not_loaded and not isinstance(getattr(self, name), Unreadable)
        }

    def has_same(self, column):
        """A condition: rows with an equal value, under whichever key its fingerprint was made. "" equals nothing.

        That it is not "" is for the partial index, which holds no others.
        """
        return Q(**{f"{column}__in": self.known_by(column)}) & ~Q(**{column: ""})

    def known_by(self, column):
        """The fingerprint as it is stored, and as each key would make it."""
        return {getattr(self, column), *self.made_under_each_key(column)} - {""}

    def made_under_each_key(self, column):
        """The fingerprints for a column, the newest first; none for a text that is empty or cannot be read."""
        name, made = MADE[column]
        text = getattr(self, name)
        return [] if isinstance(text, Unreadable) else made(text)
