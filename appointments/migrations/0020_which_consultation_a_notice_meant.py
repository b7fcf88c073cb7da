"""Older notices about a consultation meant the one that was agreed or cancelled last."""

from django.db import migrations

ABOUT_A_CONSULTATION = ["arranged", "moved", "cancelled", "two_days", "two_hours"]


def name_them(apps, schema_editor):
    notices = apps.get_model("appointments", "Notice").objects
    consultations = apps.get_model("appointments", "Consultation").objects
    for notice in notices.filter(kind__in=ABOUT_A_CONSULTATION, consultation=None).iterator():
        latest = (
            consultations.filter(request=notice.request_id, state__in=["agreed", "cancelled"])
            .order_by("changed_at", "pk")
            .last()
        )
        if latest is None:
            notice.delete()
            continue
        notices.filter(pk=notice.pk).update(consultation=latest, sequence=latest.sequence)
        if notice.sent_at and notice.kind != "cancelled":
            consultations.filter(pk=latest.pk).update(known_since=notice.sent_at)


class Migration(migrations.Migration):
    dependencies = [("appointments", "0019_notices_name_their_consultation")]

    operations = [migrations.RunPython(name_them, migrations.RunPython.noop)]
