"""Managers read who looked. Nobody may change it, so there is no such right."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    config = apps.get_app_config("clinic")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for group in _managers(apps):
        group.permissions.add(_right(apps))


def take_back(apps, schema_editor):
    for group in _managers(apps):
        group.permissions.remove(_right(apps))


def _managers(apps):
    return apps.get_model("auth", "Group").objects.filter(name="Manager")


def _right(apps):
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.get(content_type__app_label="clinic", codename="view_auditline")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0009_who_looked")]
    operations = [migrations.RunPython(grant, take_back)]
