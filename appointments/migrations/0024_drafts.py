"""What a browser typed and has not sent yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0023_dates_in_our_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                ("content", models.TextField()),
                ("sender", models.CharField(max_length=64)),
                ("saved_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "indexes": [models.Index(fields=["sender", "saved_at"], name="drafts_lately")],
            },
        ),
    ]
