"""Who a member of staff is and what they may do: the rights of their groups and their own, in one query and not two."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import BigAutoField, Value
from django.db.models.functions import Concat

from clinic.statements import Given, Statement

ANYONE = Given("user", BigAutoField())
RIGHT = Concat("content_type__app_label", Value("."), "codename")


def _of_anyone(way):
    return Permission.objects.filter(**{way: ANYONE}).order_by().values_list(RIGHT)


THE_ACCOUNT = Statement(lambda: get_user_model().objects.filter(pk=ANYONE))
THEIR_RIGHTS = Statement(lambda: _of_anyone("user").union(_of_anyone("group__user")).order_by())


class RightsAtOnce(ModelBackend):
    """Django's own rules of who is who and may do what. It stands first, so that others find what it read."""

    def get_user(self, user_id):
        user = THE_ACCOUNT.first(user=user_id)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        is_plain = user_obj.is_active and not user_obj.is_superuser and obj is None
        if is_plain and not user_obj.is_anonymous and not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {right for (right,) in THEIR_RIGHTS.tuples(user=user_obj.pk)}
        return super().get_all_permissions(user_obj, obj)
