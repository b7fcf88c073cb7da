"""Leaving a service alone that gives no answer, so that no request waits for it in vain and no request logs it anew."""

import logging
import time

log = logging.getLogger(__name__)


class BackOff:
    """One service, as one process knows it.

    Args: name is what the log calls it; rest is for how many seconds it is left alone, or `times` as long as the wait
    for it was, if that is longer; told_every is the least number of seconds between two lines in the log.
    """

    def __init__(self, name, *, rest=5, times=10, told_every=60):
        self.name, self.rest, self.times, self.told_every = name, rest, times, told_every
        self._until = self._told_at = float("-inf")

    def is_on(self):
        """Whether the service is not to be asked now."""
        return time.monotonic() < self._until

    def failed(self, error, *, took):
        """It gave no answer within so many seconds."""
        now = time.monotonic()
        self._until = now + max(self.rest, self.times * took)
        if now - self._told_at >= self.told_every:
            self._told_at = now
            log.warning("%s gives no answer (%s).", self.name, type(error).__name__)
