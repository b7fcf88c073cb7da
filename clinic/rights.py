"""What a member of staff may do: the rights of their groups and their own, read in one query and not in two."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class RightsAtOnce(ModelBackend):
    """Django's own rules of who may do what. It stands first, so that others find what it read."""

    def get_all_permissions(self, user_obj, obj=None):
        is_plain = user_obj.is_active and not user_obj.is_superuser and obj is None
        if is_plain and not user_obj.is_anonymous and not hasattr(user_obj, "_perm_cache"):
            named = ("content_type__app_label", "codename")
            own = Permission.objects.filter(user=user_obj).order_by()
            of_groups = Permission.objects.filter(group__user=user_obj).order_by()
            both = own.values_list(*named).union(of_groups.values_list(*named)).order_by()
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in both}
        return super().get_all_permissions(user_obj, obj)
