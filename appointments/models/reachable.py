"""The ways to reach the person of a request, as pages and mail use them."""

from appointments.models.phones import phone_in_words, phone_number
from clinic.fields import readable


class Reachable:
    """How the person of a ConsultationRequest is called and written to."""

    @property
    def may_text(self):
        return self.texts_agreed_at is not None

    @property
    def phone_to_dial(self):
        """For a tel: link: the number, and the extension after a pause; "" when it cannot be read."""
        return readable(self.phone).replace("x", ",")

    @property
    def email_to_write_to(self):
        """The address; "" when there is none, or it cannot be read."""
        return readable(self.email)

    @property
    def phone_display(self):
        number = phone_number(self.phone)
        return phone_in_words(number) if number else self.phone
