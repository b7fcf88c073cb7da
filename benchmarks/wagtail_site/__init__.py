"""The same article in Wagtail, as its project template has it: what the site is measured beside.

It runs in an environment of its own, which `script/bench --wagtail` makes: the site's own holds no Wagtail.
"""
