from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0015_dates_in_our_time")]

    operations = [
        migrations.CreateModel(
            name="ErasurePause",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("clock", "Everything that is erased by time"),
                            ("requests", "Closed requests"),
                            ("replies", "Replies that never showed"),
                        ],
                        max_length=10,
                        primary_key=True,
                        serialize=False,
                        verbose_name="what",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="why")),
                ("since", models.DateTimeField()),
                ("would_erase", models.PositiveIntegerField(null=True)),
                ("allowed", models.PositiveIntegerField(null=True)),
            ],
            options={
                "verbose_name": "pause in erasing",
                "verbose_name_plural": "pauses in erasing",
                "default_permissions": [],
            },
        ),
    ]
