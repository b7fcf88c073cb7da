from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0004_someone_looks_first")]

    operations = [
        migrations.AddField(
            "consultationrequest", "withdrawn_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddField(
            "consultationrequest",
            "withdrawal_reason",
            models.CharField(
                blank=True,
                choices=[
                    ("elsewhere", "I found help somewhere else"),
                    ("cost", "The cost"),
                    ("not_now", "It is not the right time"),
                    ("other", "Another reason"),
                ],
                editable=False,
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            "Erasure",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=9, unique=True)),
                (
                    "withdrawal_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("elsewhere", "I found help somewhere else"),
                            ("cost", "The cost"),
                            ("not_now", "It is not the right time"),
                            ("other", "Another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            "consultationrequest",
            models.CheckConstraint(
                condition=models.Q(("withdrawn_at", None))
                | models.Q(("closing_reason", "withdrawn"), ("status", "closed")),
                name="withdrawn_means_closed",
            ),
        ),
    ]
