"""The federal holidays of the United States, as days on which a clinic may choose to be closed."""

from clinic.models import Closure

YEARS_AHEAD = 2  # farther than any promise reaches


def closures_from(today):
    """A Closure for each federal holiday from this year on, observed days included (5 U.S.C. 6103).

    A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
    """
    # Loads all two hundred countries: not for those who never ask.
    from holidays.countries import US

    years = range(today.year, today.year + YEARS_AHEAD + 1)
    return [
        Closure(first_day=day, last_day=day, reason=name)
        for day, name in sorted(US(years=years).items())
    ]
