"""The four roles. Who may do what is this table; tests/clinic/test_roles.py holds it against every address."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ALL = ("view", "add", "change", "delete")
ROLES = {
    "Front desk": {
        "appointments.consultationrequest": ("view", "move"),
        "articles.article": ("view",),
    },
    "Clinician": {
        "appointments.consultationrequest": ("view", "move"),
        "articles.article": ("view",),
    },
    "Editor": {
        "articles.article": ALL,
        "articles.reference": ALL,
        "articles.topic": ALL,
        "articles.contributor": ALL,
    },
    "Manager": {
        "appointments.consultationrequest": ("view", "move"),
        "articles.article": ("view",),
        "clinic.practice": ("view", "add", "change"),
        "clinic.openinghours": ALL,
        "clinic.closure": ALL,
        "clinic.crisisline": ALL,
    },
}


def add(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    make_permissions(apps)
    for name, table in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        for model, verbs in table.items():
            label, _, model_name = model.partition(".")
            group.permissions.add(
                *Permission.objects.filter(
                    content_type__app_label=label,
                    codename__in=[f"{verb}_{model_name}" for verb in verbs],
                )
            )


def make_permissions(apps):
    """Django makes them after all migrations have run; the roles need them now."""
    for label in ("clinic", "articles", "appointments"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0002_crisis_lines"),
        ("articles", "0001_initial"),
        ("appointments", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add, remove)]
