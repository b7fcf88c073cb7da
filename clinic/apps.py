from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "This practice"

    def ready(self):
        from clinic import checks  # noqa: F401  (registering them is all it is for)


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.staff.StaffSite"
    default = False
