from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0006_a_clock_that_waits")]

    operations = [
        migrations.AddField(
            "consultationrequest", "suspicions", models.JSONField(default=list, editable=False)
        ),
        migrations.AddField(
            "consultationrequest",
            "message_index",
            models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.CreateModel(
            "SentFrom",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex("sentfrom", models.Index(fields=["sender", "at"], name="sent_lately")),
        migrations.AddIndex(
            "consultationrequest",
            models.Index(
                condition=models.Q(("message_index", ""), _negated=True),
                fields=["message_index"],
                name="same_message",
            ),
        ),
    ]
