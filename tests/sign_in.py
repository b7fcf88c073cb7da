"""Signing in as staff do: a password, then a code of the app."""

import re
import time

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from clinic.sign_in.sessions import SessionStore

PASSWORD = "four otters hum in tune"
STEP = 30  # seconds
FACTOR = "/staff/2fa/"


def an_app_of(user):
    """The secret in the app of this member of staff, set up if need be."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        app = TOTP.activate(user, generate_totp_secret()).instance
    return get_adapter().decrypt(app.data["secret"])


def recovery_codes_of(user):
    return RecoveryCodes.activate(user).get_unused_codes()


def code_of(secret, later=0):
    """What the app shows, so many steps from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP + later))


def signed_in_before(user):
    """A browser in which they signed in a moment ago; the account has an app."""
    an_app_of(user)
    session, client = SessionStore(), Client()
    session.begin(timezone.now())
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "account_authentication_methods_user": str(user.pk),
            "account_authentication_methods": [{"method": "mfa", "at": time.time()}],
        }
    )
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def type_password(client, username, password=PASSWORD, **more):
    return client.post("/staff/login/", {"login": username, "password": password}, **more)


def type_code(client, code, **more):
    return client.post("/staff/2fa/authenticate/", {"code": code}, **more)


def sign_in(user, client=None, **more):
    """A browser after both steps; the account has an app."""
    client = client or Client()
    secret = an_app_of(user)
    type_password(client, user.get_username(), **more)
    type_code(client, code_of(secret), **more)
    return client


def key_on(page):
    """The secret that the page of setting up an app shows."""
    return re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.content.decode())[1].replace(
        " ", ""
    )


def who_is(client):
    request = HttpRequest()
    request.session = client.session
    return get_user(request)


def opens_the_desk(client):
    return client.get("/admin/").status_code == 200


def an_old_session(user):
    """A browser that signed in with the password before there was a second factor."""
    old = Client()
    type_password(old, user.get_username())
    assert who_is(old) == user
    return old
