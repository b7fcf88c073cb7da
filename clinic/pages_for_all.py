"""Public pages kept in one Redis or Valkey, for several machines.

Loaded only where CLINIC_CACHE_URL names one: no other process pays for the library behind it, in time or memory.
"""

import time

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from clinic.back_off import BackOff


class PlainBytes:
    """Keeps bytes as bytes: nothing that comes back from the cache server is ever executed, as a pickle would be."""

    def dumps(self, value):
        return value

    def loads(self, value):
        return value


class PagesForAll(RedisCache):
    """While the server is silent nothing is found and nothing kept: a page is built rather than not sent.

    One that accepts and does not answer costs half a second; then it is left alone for seconds, with a line in the log
    once a minute.
    """

    def __init__(self, server, params):
        options = {
            "serializer": PlainBytes,
            "socket_connect_timeout": 0.5,  # seconds: longer than that, and building the page is faster
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),  # its own patience is seconds
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._back_off = BackOff("The cache server")

    def get(self, *args, **kwargs):
        return self._answer_to(super().get, *args, **kwargs)

    def set(self, *args, **kwargs):
        self._answer_to(super().set, *args, **kwargs)

    def _answer_to(self, ask, *args, **kwargs):
        if self._back_off.is_on():
            return None
        began = time.monotonic()
        try:
            return ask(*args, **kwargs)
        except RedisError as error:
            self._back_off.failed(error, took=time.monotonic() - began)
            return None
