"""Articles that were public before the gate remembered their words count as they stand."""

import hashlib
import json

from django.db import migrations, models

TEXTS = (
    "title",
    "answer",
    "summary",
    "off_label",
    "body",
    "risks",
    "contraindications",
    "unknowns",
    "other_options",
)
SOURCE = ("text", "doi", "pmid", "pmcid", "url")


def remember(apps, schema_editor):
    for article in apps.get_model("articles", "Article").objects.exclude(published_at=None):
        sources = article.references.order_by("position", "pk")
        words = {
            "texts": {name: getattr(article, name) for name in TEXTS},
            "references": [{name: getattr(one, name) for name in SOURCE} for one in sources],
        }
        canonical = json.dumps(words, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        article.public_digest = hashlib.sha256(canonical.encode()).hexdigest()
        article.save(update_fields=["public_digest"])


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0006_the_gate"),
    ]

    operations = [
        migrations.RunPython(remember, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_at", None),
                    models.Q(("public_digest", ""), _negated=True),
                    _connector="OR",
                ),
                name="what_is_public_went_through_the_gate",
                violation_error_message="Articles become public by being published.",
            ),
        ),
    ]
