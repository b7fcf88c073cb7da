import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

application = get_wsgi_application()

from clinic import key_check  # noqa: E402  (only a process that serves compares its keys)

key_check.tell_at_start()
