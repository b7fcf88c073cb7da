"""No moment that PostgreSQL stores and Python cannot read."""

import datetime

from django.db import migrations, models

import clinic.dates

FIRST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
LAST = END - datetime.timedelta(days=1)


def bring_into_our_time(apps, schema_editor):
    articles = apps.get_model("articles", "Article").objects
    for name in ("planned_for", "published_at"):
        articles.filter(**{f"{name}__lt": FIRST}).update(**{name: FIRST})
        articles.filter(**{f"{name}__gte": END}).update(**{name: LAST})


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0022_topics_in_spanish"),
    ]

    operations = [
        migrations.RunPython(bring_into_our_time, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="article",
            name="next_review_on",
            field=models.DateField(
                blank=True,
                help_text="After this day the page says that it is due for review.",
                null=True,
                validators=[clinic.dates.in_range],
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="planned_for",
            field=models.DateTimeField(
                blank=True,
                help_text="Empty: at once when it is published.",
                null=True,
                validators=[clinic.dates.in_range],
                verbose_name="public from",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="reviewed_on",
            field=models.DateField(
                blank=True, null=True, validators=[clinic.dates.not_in_the_future]
            ),
        ),
        migrations.AlterField(
            model_name="changenote",
            name="made_on",
            field=models.DateField(
                validators=[clinic.dates.not_in_the_future], verbose_name="changed on"
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("planned_for", None),
                        models.Q(
                            (
                                "planned_for__gte",
                                datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "planned_for__lt",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("published_at", None),
                        models.Q(
                            (
                                "published_at__gte",
                                datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "published_at__lt",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        _connector="OR",
                    ),
                ),
                name="what_is_planned_is_in_our_time",
                violation_error_message="Check the year.",
            ),
        ),
    ]
