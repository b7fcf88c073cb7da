from datetime import timedelta

from django.db import migrations, models
from django.db.models import F


def from_the_day_it_came(apps, schema_editor):
    """Links of requests that are there already last as long as those of new ones: 90 days."""
    wanted = apps.get_model("appointments", "ConsultationRequest")
    wanted.objects.update(link_ends_at=F("received_at") + timedelta(days=90))


class Migration(migrations.Migration):
    dependencies = [("appointments", "0002_how_to_reach")]

    operations = [
        migrations.AddField(
            "consultationrequest",
            "link_number",
            models.PositiveSmallIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            "consultationrequest", "link_ends_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.RunPython(from_the_day_it_came, migrations.RunPython.noop),
        migrations.AlterField(
            "consultationrequest", "link_ends_at", models.DateTimeField(editable=False)
        ),
    ]
