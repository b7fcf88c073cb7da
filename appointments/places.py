"""What time it is where a person lives."""

from zoneinfo import ZoneInfo

CENTRAL = "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI"
MOUNTAIN = "CO ID MT NM UT WY"
PACIFIC = "CA NV OR WA"
OTHERS = {
    "AK": "America/Anchorage",
    "AZ": "America/Phoenix",
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
}
BY_STATE = {
    **dict.fromkeys(CENTRAL.split(), "America/Chicago"),
    **dict.fromkeys(MOUNTAIN.split(), "America/Denver"),
    **dict.fromkeys(PACIFIC.split(), "America/Los_Angeles"),
    **OTHERS,
}


def zone_of(state):
    """The time zone in which most people of a state live; a few states have two."""
    return ZoneInfo(BY_STATE.get(state, "America/New_York"))
