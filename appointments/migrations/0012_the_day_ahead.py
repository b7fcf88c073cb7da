"""Mail that is about a day, and mail about consultations."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0011_consultations"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="for_day",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("to_staff", "A request came in (to staff)"),
                    ("urgent", "Please look first (to staff)"),
                    ("to_person", "We have your request (to the person)"),
                    ("new_link", "A new link (to the person)"),
                    ("closed", "The request is closed (to the person)"),
                    ("offered", "Times to choose from (to the person)"),
                    ("arranged", "The consultation is arranged (to the person)"),
                    ("moved", "The consultation was moved (to the person)"),
                    ("cancelled", "The consultation was cancelled (to the person)"),
                    ("two_days", "A reminder two days before (to the person)"),
                    ("two_hours", "A reminder two hours before (to the person)"),
                    ("digest", "The day ahead (to staff)"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="appointments.consultationrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("request", None)),
                fields=("kind", "for_day"),
                name="one_digest_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("request__isnull", False), ("for_day__isnull", False), _connector="OR"
                ),
                name="a_notice_is_about_something",
            ),
        ),
    ]
