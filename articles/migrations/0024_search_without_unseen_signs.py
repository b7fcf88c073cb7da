"""Words that hold a soft hyphen or another sign that cannot be seen are found from now on."""

from django.db import migrations

from articles import search


def fold_again(apps, schema_editor):
    SearchText = apps.get_model("articles", "SearchText")
    parts = (
        "answer",
        "off_label",
        "body",
        "risks",
        "contraindications",
        "unknowns",
        "other_options",
    )
    for found in SearchText.objects.select_related("article").iterator():
        text = search.plain(*(getattr(found.article, part) for part in parts))
        found.title, found.text = search.fold(found.article.title), search.fold(text)
        found.save(update_fields=["title", "text"])


class Migration(migrations.Migration):
    dependencies = [("articles", "0023_dates_in_our_time")]
    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
