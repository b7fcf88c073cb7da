"""The one way in which a request says no."""


class MoveRefused(Exception):
    """A step that is not allowed, or that came too late; the text says which, for staff to read."""


class ContactChanged(MoveRefused):
    """The person changed how to reach them on another page first."""


class TooOften(MoveRefused):
    """The person's own page changed the request as often as it may in a day; the person is asked to call."""
