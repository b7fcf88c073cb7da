from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "This practice"

    def ready(self):
        from articles.models import Article, Topic
        from clinic import checks, content, facts, watching  # noqa: F401  (registering the checks is all)

        # The form asks which topics interest a person; appointments and articles know nothing of each other.
        facts.sources["topics"] = lambda: dict(Topic.objects.values_list("slug", "name"))
        content.by_itself.append(Article.objects.next_planned)
        post_migrate.connect(watching.watch, sender=self)


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.staff.StaffSite"
    default = False
