"""Forms of the desk that nobody has filled in yet: the same for everybody who may see them."""

from functools import lru_cache

from django.template.loader import render_to_string

FIELDS = "admin/appointments/_fields.html"


class Blank:
    """Stands for such a form; `made` are its fields."""

    errors = ()
    is_bound = False

    def __init__(self, form, template=FIELDS):
        self.made = render_to_string(template, {"form": form})


@lru_cache(maxsize=50)
def blank(form_class, **known):
    """Made once for what is known: words and tuples of words, such as the names of colleagues; never a row,
    and nothing of who asks or visits.
    """
    return Blank(form_class(**known))
