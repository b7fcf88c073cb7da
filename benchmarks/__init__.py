"""script/bench: how fast the site is beside plain Django and nginx, in one run on one machine. No test is timed."""
