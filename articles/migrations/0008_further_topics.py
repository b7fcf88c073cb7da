from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_words_that_are_public")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="also_about",
            field=models.ManyToManyField(
                blank=True,
                help_text="More topics that list it.",
                related_name="articles_also",
                to="articles.topic",
            ),
        ),
    ]
