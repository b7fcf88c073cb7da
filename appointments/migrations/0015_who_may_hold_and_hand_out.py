"""Managers hold requests, read receipts, and copy or erase one person's requests; the words for what goes."""

from django.contrib.auth.management import create_permissions
from django.db import migrations, models

RIGHTS = ["hold_consultationrequest", "own_data_consultationrequest", "view_receipt"]

IN_ORDER, NO_RIGHTS = {"ordering": ["at", "pk"]}, {"default_permissions": []}
HANGS_ON_A_REQUEST = [
    ("contacttry", IN_ORDER, "tries to reach them"),
    ("merge", NO_RIGHTS, "times that two were joined"),
    ("notice", {}, "emails"),
    ("presence", NO_RIGHTS, "marks of who had it open"),
    ("statuschange", IN_ORDER, "lines of history"),
]


def grant(apps, schema_editor):
    config = apps.get_app_config("appointments")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    for group in _managers(apps):
        group.permissions.add(*_rights(apps))


def take_back(apps, schema_editor):
    for group in _managers(apps):
        group.permissions.remove(*_rights(apps))


def _managers(apps):
    """None, where a clinic took the role away."""
    return apps.get_model("auth", "Group").objects.filter(name="Manager")


def _rights(apps):
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.filter(content_type__app_label="appointments", codename__in=RIGHTS)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0003_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("appointments", "0014_when_it_is_erased"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="consultationrequest",
            options={
                "permissions": [
                    ("move_consultationrequest", "Can move a consultation request on"),
                    ("clear_consultationrequest", "Can say that a flagged request was looked at"),
                    ("export_consultationrequest", "Can export consultation requests"),
                    (
                        "hold_consultationrequest",
                        "Can hold a request beyond its time, and release it",
                    ),
                    (
                        "own_data_consultationrequest",
                        "Can copy or erase one person's requests for them",
                    ),
                ]
            },
        ),
        *(
            migrations.AlterModelOptions(
                name=name, options={**options, "verbose_name_plural": words}
            )
            for name, options, words in HANGS_ON_A_REQUEST
        ),
        migrations.AlterField(
            model_name="erasure",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("taken_back", "Taken back by the person"),
                    ("attended", "Came to the consultation"),
                    ("transferred", "Handed to the record system"),
                    ("not_suitable", "Not suitable"),
                    ("out_of_area", "Out of our area"),
                    ("cost", "Cost"),
                    ("elsewhere", "Chose another place"),
                    ("not_reached", "Could not be reached"),
                    ("withdrawn", "Withdrawn by the person"),
                    ("duplicate", "Duplicate"),
                    ("spam", "Spam"),
                    ("asked", "The person asked us to"),
                    ("for_them", "Someone who may act for them asked us to"),
                    ("consent", "They took back their consent"),
                    ("under_age", "They are under 18"),
                    ("not_ours", "It should never have come to us"),
                    ("again", "Erased again after a restore"),
                ],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="statuschange",
            name="what",
            field=models.CharField(
                choices=[
                    ("moved", ""),
                    ("contact", "The person changed how to reach them"),
                    ("withdrawn", "The person took it back"),
                    ("undone", "The person wants it after all"),
                    ("flagged", "A person must look first"),
                    ("cleared", "A clinician has looked"),
                    ("link", "A new link to the status page"),
                    ("taken", "Taken"),
                    ("given", "Given to"),
                    ("joined", "Another request was joined to it"),
                    ("offered", "Times were offered"),
                    ("none_suits", "None of the offered times suits"),
                    ("lapsed", "The offered times lapsed"),
                    ("new_time", "The consultation was moved"),
                    ("exported", "Exported"),
                    ("held", "Put on hold"),
                    ("released", "The hold was released"),
                ],
                default="moved",
                max_length=10,
            ),
        ),
        migrations.RunPython(grant, take_back),
    ]
