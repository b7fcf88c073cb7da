"""Whether a reader's text holds a link, an address or a domain. Replies take none: they draw machines."""

# Endings of domains that are no English words, so that "better.It" is a forgotten space and not a link.
COMMON = """
    com net org info biz io co uk ca de fr ru cn jp br au xyz top shop site online club app
    dev gov edu mil link click store vip bet casino porn xxx tv ly gg cc su ua nl eu pl es pt
    mx ar pharmacy clinic doctor health blog website space icu cyou buzz
"""
ENDINGS = frozenset(COMMON.split())
PLAIN_SIGNS = ("://", "www.", "http", "mailto:", "[url", "href=", "[.]", "(dot)", "[at]", "(at)")


def holds_a_link(text):
    folded = text.casefold()
    return any(sign in folded for sign in PLAIN_SIGNS) or any(map(_is_address, folded.split()))


def _is_address(word):
    """An e-mail address, or a name with a dot whose ending is a domain's: "example.com/page"."""
    before_path, slash, _ = word.partition("/")
    core = before_path.partition(":")[0].strip("\"'“”‘’()[]{}<>,;!?.…*_")
    first, dot, ending = core.rpartition(".")
    if not dot or not first:
        return False
    return "@" in first or ending in ENDINGS or bool(slash and ending.isalpha() and len(ending) > 1)
