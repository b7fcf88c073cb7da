"""Indexes that hold each shelf of the library in its order, so that no page reads more than it shows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0019_leftovers_of_pictures"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.F("topic"),
                models.OrderBy(models.F("published_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="newest_of_a_topic",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.F("author"),
                models.OrderBy(models.F("published_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="newest_of_an_author",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.F("reviewed_by"),
                models.OrderBy(models.F("published_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="newest_of_a_reviewer",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.OrderBy(models.F("updated_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="last_changed_articles",
            ),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                models.F("next_review_on"), models.F("published_at"), name="articles_by_next_review"
            ),
        ),
    ]
