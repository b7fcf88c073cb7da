"""Managers export; clinicians keep a note of their own."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = {"Clinician": "clinical_note", "Manager": "export_consultationrequest"}


def grant(apps, schema_editor):
    config = apps.get_app_config("appointments")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for permissions, right in _granted(apps):
        permissions.add(right)


def take_back(apps, schema_editor):
    for permissions, right in _granted(apps):
        permissions.remove(right)


def _granted(apps):
    """Pairs of a role's permissions and a right; a clinic may have taken a role away."""
    rights = apps.get_model("auth", "Permission").objects
    for group in apps.get_model("auth", "Group").objects.filter(name__in=RIGHTS):
        yield group.permissions, rights.get(codename=RIGHTS[group.name])


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0003_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("appointments", "0012_the_day_ahead"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="consultationrequest",
            options={
                "permissions": [
                    ("move_consultationrequest", "Can move a consultation request on"),
                    ("clear_consultationrequest", "Can say that a flagged request was looked at"),
                    ("export_consultationrequest", "Can export consultation requests"),
                ]
            },
        ),
        migrations.RunPython(grant, take_back),
    ]
