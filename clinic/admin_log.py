"""The log that Django's admin keeps of its own. It outlives the rows that it tells of."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType


def forget(model, pks):
    """Delete what it holds about these rows of the model; in the caller's transaction."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in pks]).delete()
