"""What time it is where a person lives, and whether that is a time to call.

We know the state and no more. Some states lie in two time zones, so what is said here holds in each of them.
"""

from datetime import time
from zoneinfo import ZoneInfo

from clinic.states import NAMES

EASTERN, CENTRAL = "America/New_York", "America/Chicago"
MOUNTAIN, PACIFIC = "America/Denver", "America/Los_Angeles"
# 49 CFR part 71: the zones of the states, where there are two the one with the most people first.
STATES_BY_ZONES = {
    (EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (EASTERN, CENTRAL): "FL IN KY MI",
    (CENTRAL, EASTERN): "TN",
    (CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (CENTRAL, MOUNTAIN): "KS ND NE SD TX",
    (MOUNTAIN,): "CO MT NM UT WY",
    ("America/Phoenix", MOUNTAIN): "AZ",  # the Navajo Nation keeps daylight-saving time
    (MOUNTAIN, PACIFIC): "ID",
    (PACIFIC,): "CA NV WA",
    (PACIFIC, MOUNTAIN): "OR",
    ("America/Anchorage",): "AK",
    ("Pacific/Honolulu",): "HI",
    ("America/Puerto_Rico",): "PR",
    ("America/St_Thomas",): "VI",
    ("Pacific/Guam",): "GU",
    ("Pacific/Saipan",): "MP",
    ("Pacific/Pago_Pago",): "AS",
}
BY_STATE = {code: zones for zones, codes in STATES_BY_ZONES.items() for code in codes.split()}
UNKNOWN = (EASTERN, CENTRAL, MOUNTAIN, PACIFIC)
# Nobody is called earlier or later by their own clock (47 CFR 64.1200(c)(1)).
CALLS_FROM, CALLS_UNTIL = time(8), time(21)


def zones_of(state):
    """The time zones of a state, the one with the most people first; all of the mainland for an unknown code."""
    return [ZoneInfo(name) for name in BY_STATE.get(state, UNKNOWN)]


def times_in(state, moment):
    """What the clocks show in a state, as times of the day: one, or two where it lies in two zones at that moment."""
    times = [moment.astimezone(zone).time() for zone in zones_of(state)]
    return list(dict.fromkeys(times))


def is_time_to_call(state, moment):
    """Whether it is from 8 to 21 o'clock everywhere in a state."""
    return all(CALLS_FROM <= local < CALLS_UNTIL for local in times_in(state, moment))


def states_to_call(moment):
    """The codes of all states where it is time to call."""
    return tuple(code for code in NAMES if is_time_to_call(code, moment))
