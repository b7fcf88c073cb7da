"""Closures between the years 2000 and 2199: others were typing mistakes."""

import datetime

from django.db import migrations, models

import clinic.dates

FIRST, END = datetime.date(2000, 1, 1), datetime.date(2200, 1, 1)
LAST = datetime.date(2199, 12, 31)


def bring_into_our_time(apps, schema_editor):
    """What ended before our time goes; what starts or ends after it is cut off there."""
    closures = apps.get_model("clinic", "Closure").objects
    closures.filter(last_day__lt=FIRST).delete()
    closures.filter(first_day__gte=END).delete()
    closures.filter(first_day__lt=FIRST).update(first_day=FIRST)
    closures.filter(last_day__gte=END).update(last_day=LAST)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0014_user_names_differ"),
    ]

    operations = [
        migrations.RunPython(bring_into_our_time, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="closure",
            name="first_day",
            field=models.DateField(validators=[clinic.dates.in_range]),
        ),
        migrations.AlterField(
            model_name="closure",
            name="last_day",
            field=models.DateField(validators=[clinic.dates.in_range]),
        ),
        migrations.AlterField(
            model_name="crisisline",
            name="verified_on",
            field=models.DateField(
                blank=True,
                help_text="The day someone at the clinic last checked this line.",
                null=True,
                validators=[clinic.dates.not_in_the_future],
            ),
        ),
        migrations.AlterField(
            model_name="openinghours",
            name="closes",
            field=models.TimeField(help_text="Such as 17:00, 5 pm or 5:30 pm."),
        ),
        migrations.AlterField(
            model_name="openinghours",
            name="opens",
            field=models.TimeField(help_text="Such as 9:00, 9 am or noon."),
        ),
        migrations.AddConstraint(
            model_name="closure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("first_day", None),
                        models.Q(
                            ("first_day__gte", datetime.date(2000, 1, 1)),
                            ("first_day__lt", datetime.date(2200, 1, 1)),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("last_day", None),
                        models.Q(
                            ("last_day__gte", datetime.date(2000, 1, 1)),
                            ("last_day__lt", datetime.date(2200, 1, 1)),
                        ),
                        _connector="OR",
                    ),
                ),
                name="a_closure_is_in_our_time",
            ),
        ),
    ]
