"""Without indexes that no question used and that each new request had to enter: its own and its notices' part of that work."""

import django.db.models.deletion
from django.db import migrations, models

# Django gives a unique text on PostgreSQL a second index for LIKE. These three are only ever asked for whole.
ASKED_FOR_WHOLE = {
    "appointments_consultationrequest_reference_e0b38400_like": "reference",
    "appointments_consultatio_submission_digest_6bdd5569_like": "submission_digest",
    "appointments_consultationrequest_link_hash_08169cd7_like": "link_hash",
}


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in ASKED_FOR_WHOLE:
            schema_editor.execute(f'DROP INDEX IF EXISTS "{name}"')


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, column in ASKED_FOR_WHOLE.items():
            schema_editor.execute(
                f'CREATE INDEX "{name}" ON appointments_consultationrequest ({column} varchar_pattern_ops)'
            )


class Migration(migrations.Migration):
    dependencies = [("appointments", "0016_on_hold")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="request",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="appointments.consultationrequest",
            ),
        ),
        migrations.RunPython(drop, make),
    ]
