from django.db import migrations, models


class Migration(migrations.Migration):
    """What a topic asks of its articles' pages: the crisis lines early, or no call to ask the clinic."""

    dependencies = [("articles", "0008_further_topics")]

    operations = [
        migrations.AddField(
            model_name="topic",
            name="is_about_suicide",
            field=models.BooleanField(
                default=False,
                help_text="For topics about suicide: its articles give the crisis lines within the text.",
                verbose_name="shows the crisis lines early",
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="is_education_only",
            field=models.BooleanField(
                default=False,
                help_text="For topics such as substance use: its articles do not ask readers to request a consultation.",
                verbose_name="for education only",
            ),
        ),
    ]
