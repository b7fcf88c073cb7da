"""How much of its time a worker spends on checking passwords for browsers that it does not know.

A password is checked slowly on purpose, for half a second of a processor. Wrong sign-ins from very many addresses, each
within the limits of clinic/sign_in/throttle.py, would so keep every worker of the desk busy. Each worker therefore has
a budget: a burst, and then a quarter of its time. What is over it is refused before anything is computed, and may be
tried again seconds later. A browser in which the account has signed in before is not counted and never refused.
"""

import threading
import time

BURST = 6.0  # seconds of checking at once, such as a whole office in the morning
SHARE = 0.25  # of a worker's time, in the long run


class Budget:
    """A leaky bucket, in seconds of checking. One for each process."""

    def __init__(self):
        self._lock = threading.Lock()
        self.forget()

    def is_spent(self):
        with self._lock:
            return self._level() >= BURST

    def spend(self, seconds):
        with self._lock:
            self._spent, self._at = self._level() + seconds, time.monotonic()

    def forget(self):
        """As in a worker that has just started."""
        self._spent, self._at = 0.0, time.monotonic()

    def _level(self):
        return max(0.0, self._spent - SHARE * (time.monotonic() - self._at))


of_strangers = Budget()
