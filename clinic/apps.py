from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "This practice"

    def ready(self):
        from articles.models import Topic
        from clinic import checks, facts  # noqa: F401  (registering the checks is all it is for)

        # The form asks which topics interest a person; appointments and articles know nothing of each other.
        facts.sources["topics"] = lambda: dict(Topic.objects.values_list("slug", "name"))


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.staff.StaffSite"
    default = False
