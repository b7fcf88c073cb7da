"""What is left of a reply that was erased, and who may erase one when its writer asks."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def grant(apps, schema_editor):
    config = apps.get_app_config("articles")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for group in _managers(apps):
        group.permissions.add(_right(apps))


def take_back(apps, schema_editor):
    for group in _managers(apps):
        group.permissions.remove(_right(apps))


def _managers(apps):
    """None, where a clinic took the role away."""
    return apps.get_model("auth", "Group").objects.filter(name="Manager")


def _right(apps):
    return apps.get_model("auth", "Permission").objects.get(codename="hand_out_reply")


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0017_search_titles"),
        ("clinic", "0006_moderators"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="reply",
            options={
                "permissions": [
                    ("moderate_reply", "Can approve and refuse replies"),
                    ("hand_out_reply", "Can copy and erase a reply for the one who wrote it"),
                ],
                "verbose_name_plural": "replies",
            },
        ),
        migrations.CreateModel(
            name="ReplyErasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("article", models.PositiveBigIntegerField()),
                ("received_at", models.DateTimeField()),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "The one who wrote it asked us to"),
                            ("for_them", "Someone who may act for them asked us to"),
                            ("about_others", "It is about someone who did not agree"),
                            ("under_age", "They are under 18"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"default_permissions": []},
        ),
        migrations.AddConstraint(
            model_name="replyerasure",
            constraint=models.UniqueConstraint(
                fields=("article", "received_at"), name="erased_once"
            ),
        ),
        migrations.RunPython(grant, take_back),
    ]
