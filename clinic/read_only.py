from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records that staff read and nobody edits, adds or deletes by hand; what may be done to them are named actions.

    The refusal is Django's own (403, and no button), whatever rights an account holds, superusers included.
    """

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
