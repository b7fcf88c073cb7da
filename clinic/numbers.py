"""Numbers of rows as they stand in addresses and forms."""

LARGEST = 2**63 - 1  # what a primary key can hold
LONGEST = len(str(LARGEST))


def row_number(text):
    """The number of a row that a text is; None for a text that cannot be one.

    Python refuses to read more than 4,300 digits, and databases refuse what a primary key cannot hold: both would end
    as a fault of the site.
    """
    if not text or not text.isdecimal() or len(text) > LONGEST:
        return None
    number = int(text)
    return number if number <= LARGEST else None
