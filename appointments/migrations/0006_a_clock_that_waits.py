from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0005_taking_a_request_back")]

    operations = [
        migrations.AddField(
            "consultationrequest",
            "clock_stopped_at",
            models.DateTimeField(editable=False, null=True),
        ),
    ]
