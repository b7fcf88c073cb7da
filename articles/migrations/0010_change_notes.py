import django.db.models.deletion
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def let_editors_write_them(apps, schema_editor):
    """Django makes permissions after all migrations have run; the role needs these now."""
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    rights = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", codename__endswith="_changenote"
    )
    for editors in apps.get_model("auth", "Group").objects.filter(name="Editor"):
        editors.permissions.add(*rights)


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_topics_of_care"), ("clinic", "0003_roles")]

    operations = [
        migrations.CreateModel(
            name="ChangeNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_on", models.DateField(verbose_name="changed on")),
                (
                    "reason",
                    models.CharField(
                        help_text='Ends the sentence "Updated on this day because …".',
                        max_length=200,
                    ),
                ),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="change_notes",
                        to="articles.article",
                    ),
                ),
            ],
            options={"ordering": ["-made_on", "-pk"]},
        ),
        migrations.RunPython(let_editors_write_them, migrations.RunPython.noop),
    ]
