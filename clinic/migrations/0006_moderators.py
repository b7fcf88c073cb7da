"""Editors and managers read replies, and say which of them show."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ["Editor", "Manager"]
RIGHTS = ["view_reply", "moderate_reply"]


def grant(apps, schema_editor):
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for group in _groups(apps):
        group.permissions.add(*_rights(apps))


def take_back(apps, schema_editor):
    for group in _groups(apps):
        group.permissions.remove(*_rights(apps))


def _groups(apps):
    return apps.get_model("auth", "Group").objects.filter(name__in=ROLES)


def _rights(apps):
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.filter(content_type__app_label="articles", codename__in=RIGHTS)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0005_editors_keep_pictures"), ("articles", "0015_replies")]
    operations = [migrations.RunPython(grant, take_back)]
