"""Who has a request, each try to reach the person, and the indexes that the queue is read by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0007_signs_of_machines"),
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactTry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone call"),
                            ("text", "Text message"),
                            ("email", "Email"),
                        ],
                        max_length=5,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("talked", "We talked"),
                            ("no_answer", "No answer"),
                            ("voicemail", "Left a voicemail"),
                            ("with_other", "Left word with someone else"),
                            ("wrong", "Wrong number or address"),
                            ("sent", "Sent, no reply yet"),
                            ("replied", "They replied"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="first_contact_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="first_contact_minutes",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="next_try_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="owner",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
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
                ],
                default="moved",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                models.F("flagged_at"),
                models.Case(
                    models.When(status__in=["received", "reaching"], then=models.F("answer_by"))
                ),
                models.F("received_at"),
                models.F("id"),
                condition=models.Q(("status__in", ["received", "reaching", "waiting", "arranged"])),
                name="queue_as_the_desk_works",
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("status__in", ["received", "reaching"])),
                fields=["answer_by", "id"],
                name="queue_by_promise",
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("status__in", ["received", "reaching", "waiting", "arranged"])),
                fields=["owner", "received_at", "id"],
                name="queue_by_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(
                    ("next_try_at__isnull", False),
                    ("status__in", ["received", "reaching", "waiting", "arranged"]),
                ),
                fields=["next_try_at", "id"],
                name="queue_to_try_again",
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(fields=["first_contact_at"], name="first_contacts"),
        ),
        migrations.AddField(
            model_name="contacttry",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contacttry",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tries",
                to="appointments.consultationrequest",
            ),
        ),
    ]
