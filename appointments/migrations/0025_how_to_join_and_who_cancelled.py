"""A consultation says how to join it, and who cancelled it."""

from django.db import migrations, models

import clinic.fields


class Migration(migrations.Migration):
    dependencies = [("appointments", "0024_drafts")]

    operations = [
        migrations.AddField(
            "consultation",
            "how_to_join",
            clinic.fields.EncryptedTextField(blank=True, default=""),
        ),
        migrations.AddField(
            "consultation",
            "cancelled_by",
            models.CharField(
                blank=True,
                choices=[("person", "The person asked for it"), ("clinic", "The clinic")],
                default="",
                max_length=6,
            ),
        ),
    ]
