"""Two more kinds of lines in a request's history: it was opened again, a try was put right."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("appointments", "0026_urgent_mail_and_confirmations")]

    operations = [
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
                    ("reopened", "Opened again"),
                    ("corrected", "A try was put right"),
                ],
                default="moved",
                max_length=10,
            ),
        ),
    ]
