"""Editors may upload, describe and delete pictures."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VERBS = ("view", "add", "change", "delete")


def permissions(apps):
    config = apps.get_app_config("articles")
    config.models_module = (
        True  # Django makes permissions after all migrations; the role needs them now
    )
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", codename__in=[f"{verb}_picture" for verb in VERBS]
    )


def groups(apps):
    """The role; none where a clinic has taken it away."""
    return apps.get_model("auth", "Group").objects.filter(name="Editor")


def add(apps, schema_editor):
    for editors in groups(apps):
        editors.permissions.add(*permissions(apps))


def remove(apps, schema_editor):
    for editors in groups(apps):
        editors.permissions.remove(*permissions(apps))


class Migration(migrations.Migration):
    dependencies = [("clinic", "0004_clinicians_sign"), ("articles", "0012_pictures")]
    operations = [migrations.RunPython(add, remove)]
