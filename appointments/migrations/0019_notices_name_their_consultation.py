"""A notice names the consultation that it is about, and its sequence; a consultation says since when it is known."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0018_kept_by_outcome")]

    operations = [
        migrations.AddField("consultation", "known_since", models.DateTimeField(null=True)),
        migrations.AddField(
            "notice",
            "consultation",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="appointments.consultation",
            ),
        ),
        migrations.AddField("notice", "sequence", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField(
            "notice",
            "withheld",
            models.CharField(
                blank=True,
                choices=[
                    ("outdated", "it was no longer true"),
                    ("not_told", "they had not been told of that time"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint("notice", "told_once"),
        migrations.RemoveIndex("notice", "notices_to_send"),
        migrations.AlterField(
            "notice",
            "request",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="appointments.consultationrequest",
            ),
        ),
    ]
