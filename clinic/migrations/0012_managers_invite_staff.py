"""Managers see, add and switch off staff; what they may change of whom is in clinic/sign_in/roles.py."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["view_colleague", "add_colleague", "change_colleague"]


def grant(apps, schema_editor):
    config = apps.get_app_config("clinic")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for managers in _managers(apps):
        managers.permissions.add(*_rights(apps))


def take_back(apps, schema_editor):
    for managers in _managers(apps):
        managers.permissions.remove(*_rights(apps))


def _managers(apps):
    return apps.get_model("auth", "Group").objects.filter(name="Manager")


def _rights(apps):
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.filter(content_type__app_label="clinic", codename__in=RIGHTS)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0011_staff_sign_in")]
    operations = [migrations.RunPython(grant, take_back)]
