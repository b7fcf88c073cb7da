from itertools import count

from django.db import migrations, models
from django.utils.text import slugify


def name_their_pages(apps, schema_editor):
    taken = set()
    for person in apps.get_model("articles", "Contributor").objects.order_by("pk"):
        name = slugify(person.name) or "person"
        tries = (name if number == 1 else f"{name}-{number}" for number in count(1))
        person.slug = next(slug for slug in tries if slug not in taken)
        taken.add(person.slug)
        person.save(update_fields=["slug"])


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_change_notes")]

    operations = [
        migrations.AddField(
            model_name="contributor",
            name="slug",
            field=models.SlugField(blank=True, db_index=False, default="", max_length=100),
        ),
        migrations.RunPython(name_their_pages, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="contributor",
            name="slug",
            field=models.SlugField(
                blank=True,
                help_text="The last part of their page's address. Left empty, it is made from the name.",
                max_length=100,
                unique=True,
            ),
        ),
    ]
