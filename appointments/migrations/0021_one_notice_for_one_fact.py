"""No fact is queued twice, and what is about a consultation says about which."""

from django.db import migrations, models

UNSENT = {"sent_at": None, "gave_up_at": None, "withheld": ""}


class Migration(migrations.Migration):
    dependencies = [("appointments", "0020_which_consultation_a_notice_meant")]

    operations = [
        migrations.AddConstraint(
            "notice",
            models.UniqueConstraint(
                fields=["request", "kind"],
                condition=models.Q(consultation=None, **UNSENT),
                name="one_unsent_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.UniqueConstraint(
                fields=["consultation", "kind", "sequence"], name="told_once_a_sequence"
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(consultation=None, sequence=None)
                | models.Q(
                    consultation__isnull=False, sequence__isnull=False, request__isnull=False
                ),
                name="a_consultation_is_named_with_its_sequence",
            ),
        ),
        migrations.AddConstraint(
            "notice",
            models.CheckConstraint(
                condition=models.Q(consultation__isnull=False)
                | ~models.Q(kind__in=["arranged", "moved", "cancelled", "two_days", "two_hours"]),
                name="what_is_about_a_consultation_names_it",
            ),
        ),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["due_at", "id"], name="notices_to_send", condition=models.Q(**UNSENT)
            ),
        ),
    ]
