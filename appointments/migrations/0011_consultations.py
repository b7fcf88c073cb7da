"""Consultations that are offered and agreed, no two of one clinician at one time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import appointments.models.consultations


def add_exclusion(apps, schema_editor):
    """No two agreed consultations of one clinician at one time.

    int8range makes a range of the clinician's number, so that no extension is needed to compare it in a GiST index.
    On SQLite there is one writer at a time, and Consultation.agree looks before it writes.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            """ALTER TABLE appointments_consultation ADD CONSTRAINT one_consultation_at_a_time
            EXCLUDE USING gist (
                int8range(clinician_id::bigint, clinician_id::bigint, '[]') WITH &&,
                tstzrange(starts_at, ends_at) WITH &&
            ) WHERE (state = 'agreed')"""
        )


def remove_exclusion(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE appointments_consultation DROP CONSTRAINT one_consultation_at_a_time"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0010_joined_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Consultation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("in_person", "In person"),
                            ("phone", "By phone"),
                            ("video", "By video"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("agreed", "Agreed"),
                            ("cancelled", "Cancelled"),
                            ("not_taken", "Not taken"),
                        ],
                        max_length=9,
                    ),
                ),
                ("lapses_at", models.DateTimeField(null=True)),
                (
                    "uid",
                    models.CharField(
                        default=appointments.models.consultations.new_uid,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("sequence", models.PositiveSmallIntegerField(default=0)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": [],
            },
        ),
        migrations.AddField(
            model_name="consultation",
            name="clinician",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consultation",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="consultations",
                to="appointments.consultationrequest",
            ),
        ),
        migrations.AddIndex(
            model_name="consultation",
            index=models.Index(fields=["starts_at"], name="consultations_by_time"),
        ),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="a_consultation_takes_some_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "agreed")),
                fields=("request",),
                name="one_agreed_consultation_a_request",
            ),
        ),
        migrations.RunPython(add_exclusion, remove_exclusion),
    ]
