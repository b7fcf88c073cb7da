from django.db import migrations, models

import clinic.fields


class Migration(migrations.Migration):
    dependencies = [("appointments", "0001_initial")]

    operations = [
        migrations.AddField(
            "consultationrequest", "language", models.CharField(default="en-us", max_length=5)
        ),
        migrations.AddField(
            "consultationrequest", "for_someone_else", models.BooleanField(default=False)
        ),
        migrations.AddField(
            "consultationrequest", "relation", clinic.fields.EncryptedTextField(blank=True)
        ),
        migrations.AlterField(
            "consultationrequest",
            "preferred_channel",
            models.CharField(
                choices=[("phone", "Phone call"), ("text", "Text message"), ("email", "Email")],
                max_length=5,
                verbose_name="prefers",
            ),
        ),
        migrations.AddField(
            "consultationrequest", "may_leave_voicemail", models.BooleanField(default=False)
        ),
        migrations.AddField(
            "consultationrequest", "may_say_who_calls", models.BooleanField(default=False)
        ),
        migrations.AddField(
            "consultationrequest", "texts_agreed_at", models.DateTimeField(null=True)
        ),
        migrations.AddField(
            "consultationrequest",
            "text_consent_version",
            models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField("consultationrequest", "days", models.JSONField(default=list)),
        migrations.AddField("consultationrequest", "parts_of_day", models.JSONField(default=list)),
        migrations.AddField(
            "consultationrequest",
            "topics",
            clinic.fields.EncryptedTextField(
                blank=True, help_text="Slugs of article topics, one a line."
            ),
        ),
        migrations.AddField(
            "consultationrequest",
            "heard_from",
            models.CharField(
                blank=True,
                choices=[
                    ("clinician", "A doctor or therapist"),
                    ("friend", "Family or a friend"),
                    ("search", "A web search"),
                    ("article", "An article on this site"),
                    ("other", "Another way"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            "consultationrequest",
            models.CheckConstraint(
                condition=models.Q(("text_consent_version", ""), ("texts_agreed_at", None))
                | models.Q(
                    models.Q(
                        ("texts_agreed_at__isnull", False),
                        models.Q(("text_consent_version", ""), _negated=True),
                    )
                ),
                name="texts_only_after_agreeing_to_known_words",
            ),
        ),
    ]
