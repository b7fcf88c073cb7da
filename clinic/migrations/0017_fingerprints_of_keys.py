from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0016_pauses_in_erasing")]

    operations = [
        migrations.CreateModel(
            name="KeyFingerprint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=30)),
                ("digest", models.CharField(max_length=32)),
                ("since", models.DateTimeField()),
            ],
            options={
                "default_permissions": [],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "digest"), name="one_fingerprint_a_key")
                ],
            },
        ),
    ]
