"""The three lines that stand on every page, and the veterans' one, from the first minute on."""

from django.db import migrations

LINES = [
    dict(
        label="In danger right now",
        call_number="911",
        detail="You or someone else is in danger, or is badly hurt.",
        is_core=True,
        position=1,
    ),
    dict(
        label="To talk to someone",
        call_number="988",
        text_number="988",
        chat_url="https://988lifeline.org",
        detail="A trained person listens, day and night, in English and Spanish.",
        is_core=True,
        position=2,
    ),
    dict(
        label="To text instead",
        text_number="741741",
        text_word="HOME",
        detail="If talking out loud is hard. A trained person texts back.",
        is_core=True,
        position=3,
    ),
    dict(
        label="Veterans",
        call_number="988",
        text_number="838255",
        detail="Call 988 and press 1, or text 838255.",
        position=4,
    ),
]


def add(apps, schema_editor):
    CrisisLine = apps.get_model("clinic", "CrisisLine")
    for line in LINES:
        CrisisLine.objects.create(**line)


def remove(apps, schema_editor):
    labels = [line["label"] for line in LINES]
    apps.get_model("clinic", "CrisisLine").objects.filter(label__in=labels).delete()


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
