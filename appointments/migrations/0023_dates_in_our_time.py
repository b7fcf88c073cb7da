"""No moment that PostgreSQL stores and Python cannot read: one made a request unreachable."""

import datetime

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

FIRST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
LAST = END - datetime.timedelta(days=1)


def bring_into_our_time(apps, schema_editor):
    """The next try at once, a consultation as late as it may be: staff see both, and set them right."""
    requests = apps.get_model("appointments", "ConsultationRequest").objects
    out = Q(next_try_at__lt=FIRST) | Q(next_try_at__gte=END)
    requests.filter(out).update(next_try_at=F("received_at"))
    consultations = apps.get_model("appointments", "Consultation").objects
    consultations.filter(Q(starts_at__lt=FIRST) | Q(ends_at__gte=END)).update(
        starts_at=LAST, ends_at=LAST + datetime.timedelta(minutes=30)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0022_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(bring_into_our_time, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="consultation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("starts_at", None),
                        models.Q(
                            (
                                "starts_at__gte",
                                datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "starts_at__lt",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("ends_at", None),
                        models.Q(
                            (
                                "ends_at__gte",
                                datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ends_at__lt",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        _connector="OR",
                    ),
                ),
                name="a_consultation_is_in_our_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("next_try_at", None),
                    models.Q(
                        (
                            "next_try_at__gte",
                            datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        ),
                        (
                            "next_try_at__lt",
                            datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        ),
                    ),
                    _connector="OR",
                ),
                name="the_next_try_is_in_our_time",
            ),
        ),
    ]
