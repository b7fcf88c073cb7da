import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_contraindications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("approval", "approval"),
                            ("approval-muddled", "approval-muddled"),
                            ("derivative", "derivative"),
                            ("safe-and-effective", "safe-and-effective"),
                            ("safe", "safe"),
                            ("breathing", "breathing"),
                            ("no-side-effects", "no-side-effects"),
                            ("rarely-anxiety", "rarely-anxiety"),
                            ("misuse-under-care", "misuse-under-care"),
                            ("proof", "proof"),
                            ("trials-show", "trials-show"),
                            ("promising", "promising"),
                            ("most-effective", "most-effective"),
                            ("mechanism", "mechanism"),
                            ("root-cause", "root-cause"),
                            ("lasting", "lasting"),
                            ("at-once", "at-once"),
                            ("cure", "cure"),
                            ("hype", "hype"),
                            ("pushing", "pushing"),
                            ("clinic-praise", "clinic-praise"),
                            ("life-saving", "life-saving"),
                            ("crisis-care", "crisis-care"),
                            ("suicide-words", "suicide-words"),
                            ("addiction", "addiction"),
                            ("couples", "couples"),
                            ("with-therapy", "with-therapy"),
                            ("accessible", "accessible"),
                            ("at-home", "at-home"),
                            ("sources-unseen", "sources-unseen"),
                        ],
                        max_length=40,
                    ),
                ),
                ("line", models.TextField()),
                ("note", models.TextField(max_length=500)),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.CharField(max_length=150)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="article",
            options={
                "permissions": [("sign_article", "Can sign an article as medically reviewed")]
            },
        ),
        migrations.AddField(
            model_name="article",
            name="public_digest",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="article",
            name="revises",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="next_version",
                to="articles.article",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="signed_digest",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="article",
            name="why_changed",
            field=models.CharField(
                blank=True,
                help_text='Readers see it: "Updated on … because …".',
                max_length=200,
                verbose_name="what changed and why",
            ),
        ),
        migrations.AddField(
            model_name="contributor",
            name="user",
            field=models.OneToOneField(
                blank=True,
                help_text="The account that signs articles in this person's name.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="contributor",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="slug",
            field=models.SlugField(
                help_text="The last part of its address.",
                max_length=120,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(feed|people|preview|search|topics)$",
                        "The library needs this address itself. Choose another.",
                        inverse_match=True,
                    )
                ],
            ),
        ),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.CheckConstraint(
                condition=models.Q(("revises", None), ("published_at", None), _connector="OR"),
                name="a_new_version_is_never_public_itself",
                violation_error_message="A new version takes the place of the public one.",
            ),
        ),
        migrations.AddField(
            model_name="allowance",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="allowances",
                to="articles.article",
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="articles.article",
            ),
        ),
        migrations.AddConstraint(
            model_name="allowance",
            constraint=models.CheckConstraint(
                condition=models.Q(("note", ""), _negated=True), name="an_allowance_says_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="allowance",
            constraint=models.UniqueConstraint(
                fields=("article", "rule", "line"), name="a_sentence_is_allowed_once"
            ),
        ),
    ]
