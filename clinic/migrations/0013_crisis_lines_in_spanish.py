"""What Spanish pages say to press and to text: 988 takes “2” and AYUDA, 741741 takes AYUDA."""

import django.core.validators
from django.db import migrations, models


def say_it_in_spanish(apps, schema_editor):
    lines = apps.get_model("clinic", "CrisisLine").objects
    lines.filter(call_number="988", text_number="988").update(
        spanish_key="2", spanish_text_word="AYUDA"
    )
    lines.filter(text_number="741741", text_word="HOME").update(spanish_text_word="AYUDA")


class Migration(migrations.Migration):
    dependencies = [("clinic", "0012_managers_invite_staff")]
    operations = [
        migrations.AddField(
            "crisisline",
            "spanish_text_word",
            models.CharField(
                blank=True,
                default="",
                help_text='What Spanish pages say to text. Such as "AYUDA".',
                max_length=20,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "crisisline",
            "spanish_key",
            models.CharField(
                "key for Spanish",
                blank=True,
                default="",
                help_text="Pressed after calling, to be answered in Spanish.",
                max_length=1,
                validators=[
                    django.core.validators.RegexValidator("^[0-9*#]$", "One key of a phone.")
                ],
            ),
            preserve_default=False,
        ),
        migrations.RunPython(say_it_in_spanish, migrations.RunPython.noop),
    ]
