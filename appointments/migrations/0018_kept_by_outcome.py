"""What is due for erasing is found by how it ended: by the time of closing alone, nearly all that is kept was read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0017_fewer_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("held_at", None), ("status", "closed")),
                fields=["closing_reason", "closed_at", "id"],
                name="kept_by_outcome",
            ),
        ),
        migrations.RemoveIndex(model_name="consultationrequest", name="kept_since"),
    ]
