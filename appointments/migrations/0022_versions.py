"""How often a request was changed, so that a page can say which state it showed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0021_one_notice_for_one_fact")]

    operations = [
        migrations.AddField(
            model_name="consultationrequest",
            name="version",
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
    ]
