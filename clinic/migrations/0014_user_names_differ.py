"""No two user names that differ in case alone. Names that differ in the width of letters are refused before they come here.

The table is Django's, so the constraint is in no model: clinic/sign_in/user_names.py says the same in words.
"""

from collections import Counter

from django.db import migrations
from django.db.models import UniqueConstraint
from django.db.models.functions import Lower

CONSTRAINT = UniqueConstraint(Lower("username"), name="user_names_differ_in_more_than_case")


def add(apps, schema_editor):
    User = apps.get_model("auth", "User")
    names = list(User.objects.values_list("username", flat=True))
    times = Counter(name.lower() for name in names)
    if alike := sorted(name for name in names if times[name.lower()] > 1):
        raise ValueError(
            f"These user names differ in case alone: {', '.join(alike)}. Rename one of each "
            "(Staff, in the admin of the release before this one), then migrate again."
        )
    schema_editor.add_constraint(User, CONSTRAINT)


def remove(apps, schema_editor):
    schema_editor.remove_constraint(apps.get_model("auth", "User"), CONSTRAINT)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0013_crisis_lines_in_spanish"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(add, remove)]
