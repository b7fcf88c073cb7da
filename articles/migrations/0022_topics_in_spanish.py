from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0021_spelling_of_license")]
    operations = [
        migrations.AddField(
            "topic",
            "spanish_name",
            models.CharField(
                blank=True,
                default="",
                help_text="How the request form in Spanish names it.",
                max_length=60,
            ),
            preserve_default=False,
        ),
    ]
