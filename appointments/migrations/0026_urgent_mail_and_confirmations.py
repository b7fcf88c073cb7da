"""Urgent mail that went out just now is found by its index; a confirmation may be one too many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0025_how_to_join_and_who_cancelled")]

    operations = [
        migrations.AlterField(
            "notice",
            "withheld",
            models.CharField(
                blank=True,
                choices=[
                    ("outdated", "it was no longer true"),
                    ("not_told", "they had not been told of that time"),
                    ("too_many", "three confirmations had gone to that address within a day"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["sent_at"], name="urgent_ones_sent", condition=models.Q(kind="urgent")
            ),
        ),
    ]
