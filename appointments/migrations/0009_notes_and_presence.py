"""What staff write for each other, and who has a request open."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import clinic.fields


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0008_trying_to_reach"),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("desk", "Note for the desk"), ("clinical", "Clinicians’ note")],
                        max_length=8,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("text", clinic.fields.EncryptedTextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["kind", "number"],
                "permissions": [("clinical_note", "Can read and write the clinicians’ note")],
                "default_permissions": [],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": [],
            },
        ),
        migrations.AddField(
            model_name="note",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notes",
                to="appointments.consultationrequest",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to="appointments.consultationrequest"
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.UniqueConstraint(
                fields=("request", "kind", "number"), name="each_version_of_a_note_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="presence",
            constraint=models.UniqueConstraint(
                fields=("request", "user"), name="present_once_each"
            ),
        ),
    ]
