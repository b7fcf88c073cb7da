from django.contrib.auth.management import create_permissions
from django.db import migrations, models

import clinic.fields


def let_clinicians_clear(apps, schema_editor):
    """Django makes permissions after all migrations have run; the role needs this one now."""
    config = apps.get_app_config("appointments")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    clear = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="appointments", codename="clear_consultationrequest"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Clinician"):
        group.permissions.add(clear)


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0003_links_that_end"),
        ("clinic", "0003_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            "consultationrequest",
            "flagged_at",
            models.DateTimeField(
                editable=False, null=True, verbose_name="a person must look first"
            ),
        ),
        migrations.AddField(
            "statuschange",
            "what",
            models.CharField(
                choices=[
                    ("moved", ""),
                    ("contact", "The person changed how to reach them"),
                    ("withdrawn", "The person took it back"),
                    ("undone", "The person wants it after all"),
                    ("flagged", "A person must look first"),
                    ("cleared", "A clinician has looked"),
                    ("link", "A new link to the status page"),
                ],
                default="moved",
                max_length=10,
            ),
        ),
        migrations.AddField("statuschange", "note", clinic.fields.EncryptedTextField(blank=True)),
        migrations.AlterField(
            "notice",
            "kind",
            models.CharField(
                choices=[
                    ("to_staff", "A request came in (to staff)"),
                    ("urgent", "Please look first (to staff)"),
                    ("to_person", "We have your request (to the person)"),
                    ("new_link", "A new link (to the person)"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterModelOptions(
            "consultationrequest",
            {
                "permissions": [
                    ("move_consultationrequest", "Can move a consultation request on"),
                    ("clear_consultationrequest", "Can say that a flagged request was looked at"),
                ]
            },
        ),
        migrations.RunPython(let_clinicians_clear, migrations.RunPython.noop),
    ]
