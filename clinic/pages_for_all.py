"""Public pages kept in one Redis or Valkey, for several machines.

Loaded only where CLINIC_CACHE_URL names one: no other process pays for the library behind it, in time or memory.
"""

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


class PlainBytes:
    """Keeps bytes as bytes: nothing that comes back from the cache server is ever executed, as a pickle would be."""

    def dumps(self, value):
        return value

    def loads(self, value):
        return value


class PagesForAll(RedisCache):
    """While the server is silent nothing is found and nothing kept: a page is built rather than not sent."""

    def __init__(self, server, params):
        options = {
            "serializer": PlainBytes,
            "socket_connect_timeout": 0.5,  # seconds: longer than that, and building the page is faster
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),  # its own patience is seconds
        }
        super().__init__(server, {**params, "OPTIONS": options})

    def get(self, *args, **kwargs):
        try:
            return super().get(*args, **kwargs)
        except RedisError:
            return None

    def set(self, *args, **kwargs):
        try:
            super().set(*args, **kwargs)
        except RedisError:
            return
