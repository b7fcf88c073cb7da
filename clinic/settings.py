"""One settings file, safe unless told otherwise. README, "Settings", lists every variable it reads.

CLINIC_LAPTOP=1 allows plain HTTP on a loopback address, mail into a folder, and static files as they are; nothing more.
DJANGO_DEBUG=1 adds debug pages. `check --deploy` refuses both.
"""

import os
from pathlib import Path

from django.utils.csp import CSP
from django_prose_editor.config import html_tags
from js_asset import static_lazy

from clinic import logs
from clinic.environment import bucket_of, env, replica_of
from clinic.sign_in.allauth_settings import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent

LAPTOP = env("CLINIC_LAPTOP", "0") == "1"
DEBUG = env("DJANGO_DEBUG", "0") == "1"
VAR = Path(env("CLINIC_VAR", str(BASE_DIR / "var")))

# Secrets. Each has one job, so that one can be changed without the others.
SECRET_KEY = env("DJANGO_SECRET_KEY")
SECRET_KEY_FALLBACKS = env("DJANGO_SECRET_KEY_FALLBACKS", "").split()
CLINIC_FIELD_KEYS = env("CLINIC_FIELD_KEYS").split()  # Fernet keys, newest first
CLINIC_INDEX_KEY = env("CLINIC_INDEX_KEY")  # exact search over encrypted e-mail and phone
CLINIC_INDEX_KEY_FALLBACKS = env("CLINIC_INDEX_KEY_FALLBACKS", "").split()
CLINIC_LINK_KEY = env("CLINIC_LINK_KEY")  # status page addresses
CLINIC_AUDIT_KEYS = env("CLINIC_AUDIT_KEYS").split()  # the record of who looked, newest first

# Addresses.
ALLOWED_HOSTS = env("DJANGO_ALLOWED_HOSTS").split()
CLINIC_SITE_URL = env("CLINIC_SITE_URL").rstrip("/")  # for links in mail; never the Host header
CLINIC_STAFF_EMAIL = env("CLINIC_STAFF_EMAIL", "front-desk@localhost" if LAPTOP else None)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "clinic@localhost" if LAPTOP else None)
CSRF_TRUSTED_ORIGINS = env("DJANGO_CSRF_TRUSTED_ORIGINS", "").split()

INSTALLED_APPS = [
    "clinic.apps.ClinicConfig",  # first, so that its admin templates come before the stock ones
    "clinic.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "allauth.account",
    "allauth.mfa",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "django_prose_editor",
    "phonenumber_field",
    "articles",
    "appointments",
]

MIDDLEWARE = [
    "clinic.health.Health",
    "clinic.access.Access",
    "clinic.public_pages.PublicPages",
    "clinic.middleware.SecurityHeaders",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "clinic.middleware.RefusedMethods",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.GZipText",
    "clinic.middleware.PublicCompression",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "clinic.middleware.LanguageOfTheAddress",  # before the next, which adds a final slash to addresses of that language
    "django.middleware.common.CommonMiddleware",
    "clinic.middleware.ClinicTime",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.body_limits.BodyLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clinic.sign_in.gate.Gate",
]

# Figures for Prometheus, off unless an address of this machine is named. Each process counts in a file of its own, in
# memory where systemd gives a folder there.
CLINIC_METRICS = env("CLINIC_METRICS", "")
METRICS_FOLDER = Path(env("RUNTIME_DIRECTORY", str(VAR))) / "metrics"
if CLINIC_METRICS:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_FOLDER)  # read by clinic/metrics.py
    MIDDLEWARE.insert(1, "clinic.metrics.Counted")

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "clinic.languages.switch",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.facts.practice",
            ],
        },
    },
]

# libpq reads PGHOST, PGUSER, PGPASSWORD, PGSSLMODE… itself, as psql and pg_dump do.
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": env("PGDATABASE", ""),
    # One blocking thread a worker: a kept connection is as fast as a pool. Django's default, a new
    # connection for each request, costs 4.6 times in speed.
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 5,
        "tcp_user_timeout": 10000,  # milliseconds: a machine that is cut off says nothing for good
        # A query that hangs must not hold a worker: the visitor gets an answer within ten seconds. None is compiled:
        # where the planner guesses too high, that takes a second and a half, for questions of milliseconds. And none
        # takes all cores: a long one of the desk's must leave some to visitors.
        "options": "-c statement_timeout=8000 -c lock_timeout=5000 -c jit=off -c max_parallel_workers_per_gather=0",
    },
}
if env("CLINIC_PG_POOL", "0") == "1":  # for a threaded server; a pool excludes kept connections
    POSTGRESQL["CONN_MAX_AGE"] = 0
    POSTGRESQL["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 5}

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR / "clinic.sqlite3",
    "OPTIONS": {
        # IMMEDIATE takes the write lock when a transaction starts, so two writers wait for each
        # other (up to `timeout` seconds) and neither meets "database is locked" half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 8,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA secure_delete=ON;",  # what is erased is overwritten in the file
    },
}
DATABASES = {"default": POSTGRESQL if POSTGRESQL["NAME"] else SQLITE}
if env("CLINIC_REPLICA", ""):  # public pages are read there, and nothing else
    DATABASES["replica"] = replica_of(DATABASES["default"], env("CLINIC_REPLICA"))
    DATABASE_ROUTERS = ["clinic.replicas.PublicContent"]

# Public pages are kept in each worker's own memory; where there are several machines, in one Redis or Valkey for all.
PAGES_HERE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 2000},  # about 10 KB each; clinic/public_pages.py bounds each
}
PAGES_FOR_ALL = {
    "BACKEND": "clinic.pages_for_all.PagesForAll",
    "LOCATION": env("CLINIC_CACHE_URL", ""),
    "KEY_PREFIX": "clinic",
}
CACHES = {
    # A name of its own: caches without one share what they hold.
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "figures",
    },
    # Rows and fragments of public pages, by the content's version: in each worker's memory, never in a shared cache.
    "content": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "content",
        "OPTIONS": {"MAX_ENTRIES": 400},  # articles of about 30 KB each
    },
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "template_fragments",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
    "pages": PAGES_FOR_ALL if PAGES_FOR_ALL["LOCATION"] else PAGES_HERE,
}

# Mail goes out through the worker only; ten seconds is well below the lease of an outbox row.
SMTP = {
    "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "OPTIONS": {
        "host": env("SMTP_HOST", "" if LAPTOP else None),
        "port": int(env("SMTP_PORT", "587")),
        "username": env("SMTP_USER", ""),
        "password": env("SMTP_PASSWORD", ""),
        "use_tls": env("SMTP_TLS", "1") == "1",
        "timeout": 10,
    },
}
MAIL_FOLDER = {
    "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
    "OPTIONS": {"file_path": str(VAR / "mail")},
}
MAILERS = {"default": SMTP if SMTP["OPTIONS"]["host"] else MAIL_FOLDER}

# Passwords and sessions of staff. Nobody else has an account.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "clinic.sign_in.passwords.NotOurWords"},
]
# Everyone shows a second factor. Off only on a laptop, by this very setting.
SECOND_FACTOR = not (LAPTOP and env("CLINIC_SECOND_FACTOR", "1") == "0")
SESSION_ENGINE = "clinic.sign_in.sessions"  # idle and longest times are there
SESSION_COOKIE_AGE = (
    12 * 60 * 60
)  # seconds; longer than a session may last, so that its end can be told
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # gone when the browser closes
CSRF_FAILURE_VIEW = "clinic.views.form_went_stale"

# HTTPS everywhere, but on a laptop's loopback address.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LAPTOP
if not LAPTOP:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # a probe on this machine speaks plain HTTP
BEHIND_PROXY = env("CLINIC_BEHIND_PROXY", "0") == "1"
if BEHIND_PROXY:  # only where the proxy sets this header itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Public pages carry no nonce, so that they may be cached. The admin's policy is in clinic/staff.py.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# The most requests an hour from one network address; a clinic, a shelter or a campus may share one.
CLINIC_REQUESTS_PER_HOUR = int(env("CLINIC_REQUESTS_PER_HOUR", "20"))

# The largest honest body is an article in the admin: 300,000 characters a text, 200 sources. Whoever has not signed in
# may send less (clinic/body_limits.py); a consultation request is under 20 kB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
CLINIC_MAX_BODY = 512 * 1024  # bytes
CLINIC_MAX_FIELDS = 400
FILE_UPLOAD_HANDLERS = [
    "articles.uploads.EditorsPictures",  # first: a file from anyone but staff is not kept
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# What editors upload, drawn anew (articles/pictures.py): in a folder, or in a bucket. It is in each backup.
MEDIA_ROOT = Path(env("CLINIC_MEDIA", str(VAR / "media")))
CLINIC_PICTURES = bucket_of(env("CLINIC_PICTURES", ""))

# Backups are locked with a certificate whose key is on another machine (docs/decisions/0027).
CLINIC_BACKUP_FOLDER = Path(env("CLINIC_BACKUP_FOLDER", str(VAR / "backups")))
CLINIC_BACKUP_CERTIFICATE = env("CLINIC_BACKUP_CERTIFICATE", "")
CLINIC_BACKUP_DAYS = int(env("CLINIC_BACKUP_DAYS", "14"))
# Where `copy_backups` takes them: a bucket that locks each object (docs/decisions/0045).
CLINIC_BACKUP_BUCKET = bucket_of(env("CLINIC_BACKUP_BUCKET", ""), name="CLINIC_BACKUP_BUCKET")

# The editor of an article's text learns to show our pictures (articles/prose.py names it among its extensions).
DJANGO_PROSE_EDITOR_EXTENSIONS = [
    {
        "js": [static_lazy("articles/editor.js")],
        "extensions": {"ArticleFigure": html_tags(["figure"], {"figure": ["data-picture"]})},
    }
]

CRISPY_TEMPLATE_PACK = "clinic_forms"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["clinic_forms"]
CRISPY_FAIL_SILENTLY = False
PHONENUMBER_DEFAULT_REGION = "US"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
# A deploy makes this folder in each release, so that an older one keeps its own hashes (clinic/static_files.py).
STATIC_MANIFEST_FOLDER = BASE_DIR / "manifest"
if not STATIC_MANIFEST_FOLDER.is_dir():
    STATIC_MANIFEST_FOLDER = STATIC_ROOT
STATIC_FILES = "clinic.static_files.ReleaseManifestStorage"
if LAPTOP:  # over loopback nothing is won by it, and it took a quarter of the first start
    STATIC_FILES = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
if DEBUG:
    STATIC_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_FILES},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nothing here is for other sites

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "clinic" / "locale"]
USE_I18N = True
TIME_ZONE = env("CLINIC_TIME_ZONE", "America/New_York")  # until the practice's own is read
USE_TZ = True

# Commands that the worker runs every hour. It knows them by name only, so that no app imports another.
CLINIC_CHORES = [
    "erase_old_requests",
    "erase_old_replies",
    "send_account_notices",
    "tidy_sign_in",
    "tidy_pictures",
]

LOGGING = logs.AS_SETTINGS
