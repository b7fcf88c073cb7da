"""When a request was closed, what holds it, and what is left when it is erased."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import appointments.models.erasures


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0013_who_may_export_and_note"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.CharField(
                        default=appointments.models.erasures.new_run, max_length=16, unique=True
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "The person asked us to"),
                            ("for_them", "Someone who may act for them asked us to"),
                            ("consent", "They took back their consent"),
                            ("under_age", "They are under 18"),
                            ("not_ours", "It should never have come to us"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("is_whole", models.BooleanField(default=False, verbose_name="came to its end")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("counts", models.JSONField(default=dict, verbose_name="erased")),
            ],
            options={
                "verbose_name": "receipt of erased requests",
                "verbose_name_plural": "receipts of erased requests",
                "ordering": ["-at", "-pk"],
                "default_permissions": ["view"],
            },
        ),
        migrations.AlterModelOptions(
            name="erasure",
            options={"default_permissions": []},
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="closed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="held_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="hold_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("legal", "A legal claim or a court's order"),
                    ("records", "A law on records asks us to keep it"),
                    ("complaint", "A complaint or an incident is being looked into"),
                    ("wish", "The person asked us to keep it"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("taken_back", "Taken back by the person"),
                    ("attended", "Came to the consultation"),
                    ("transferred", "Handed to the record system"),
                    ("not_suitable", "Not suitable"),
                    ("out_of_area", "Out of our area"),
                    ("cost", "Cost"),
                    ("elsewhere", "Chose another place"),
                    ("not_reached", "Could not be reached"),
                    ("withdrawn", "Withdrawn by the person"),
                    ("duplicate", "Duplicate"),
                    ("spam", "Spam"),
                    ("asked", "The person asked us to"),
                    ("for_them", "Someone who may act for them asked us to"),
                    ("consent", "They took back their consent"),
                    ("under_age", "They are under 18"),
                    ("not_ours", "It should never have come to us"),
                ],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="statuschange",
            name="what",
            field=models.CharField(
                choices=[
                    ("moved", ""),
                    ("contact", "The person changed how to reach them"),
                    ("withdrawn", "The person took it back"),
                    ("undone", "The person wants it after all"),
                    ("flagged", "A person must look first"),
                    ("cleared", "A clinician has looked"),
                    ("link", "A new link to the status page"),
                    ("taken", "Taken"),
                    ("given", "Given to"),
                    ("joined", "Another request was joined to it"),
                    ("offered", "Times were offered"),
                    ("none_suits", "None of the offered times suits"),
                    ("lapsed", "The offered times lapsed"),
                    ("new_time", "The consultation was moved"),
                    ("exported", "Exported"),
                    ("held", "Held: not erased in time"),
                    ("released", "Released: erased in time again"),
                ],
                default="moved",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("held_at", None), ("status", "closed")),
                fields=["closed_at", "id"],
                name="kept_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_at", None), ("hold_reason", "")),
                    models.Q(
                        ("held_at__isnull", False), models.Q(("hold_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="held_means_with_a_reason",
            ),
        ),
    ]
