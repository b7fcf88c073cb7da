"""Clinicians sign what they have reviewed."""

from django.contrib.auth.management import create_permissions
from django.db import migrations


def grant(apps, schema_editor):
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for clinicians in apps.get_model("auth", "Group").objects.filter(name="Clinician"):
        clinicians.permissions.add(*_right(apps))


def take_back(apps, schema_editor):
    for clinicians in apps.get_model("auth", "Group").objects.filter(name="Clinician"):
        clinicians.permissions.remove(*_right(apps))


def _right(apps):
    return apps.get_model("auth", "Permission").objects.filter(codename="sign_article")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0003_roles"), ("articles", "0007_words_that_are_public")]
    operations = [migrations.RunPython(grant, take_back)]
