"""Uploading pictures, and the list from which an article's editor chooses."""

from contextlib import suppress

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path, reverse

from articles import pictures
from articles.models import Picture
from clinic.audit import Action, note, prepared_by
from clinic.edit_conflicts import EditConflictAdmin
from clinic.picture_files import Silent, what_is_wrong

MOST_CHOICES = 48
WORDS = ["title", "alt", "is_decoration", "caption", "credit"]  # that are typed with a picture


def drawn(file):
    """What is kept of an uploaded file, drawn once. Raises pictures.Refused."""
    if file.size > pictures.MOST_BYTES:
        raise pictures.too_large(file.size)
    if not hasattr(file, "drawn"):
        file.drawn = _prepared_or_refused(file)
    if isinstance(file.drawn, pictures.Refused):
        raise file.drawn
    return file.drawn


def _prepared_or_refused(file):
    try:
        return pictures.prepare(file.read())
    except pictures.Refused as refusal:
        return refusal


def draw_ahead(request):
    """Draw what was sent. Within the transaction it is at hand; what is wrong with it, the form says."""
    file = request.FILES.get("file")
    if file and request.user.has_perm("articles.add_picture"):
        with suppress(pictures.Refused):
            drawn(file)


class UploadForm(forms.ModelForm):
    """A new picture. What was typed stays when the file is refused."""

    uploader = None  # who is uploading
    file = forms.FileField(
        label="Picture",
        help_text="JPEG, PNG, WebP or AVIF, up to "
        f"{pictures.MOST_BYTES // 1024 // 1024} MB. It is drawn anew: where and when a photo was taken is not kept.",
        error_messages={
            "required": "Choose a picture from your computer.",
            "empty": "This file is empty. Choose the picture again.",
        },
    )

    class Meta:
        model = Picture
        fields = WORDS
        widgets = {"alt": forms.Textarea(attrs={"rows": 3})}

    def clean_file(self):
        file = self.cleaned_data["file"]
        return drawn(file)

    def clean(self):
        """The same picture with the same words is stored once; of two presses the second waits here for the first."""
        answers = super().clean()
        if self.errors or "file" not in answers:
            return answers
        if self.uploader:
            get_user_model().objects.select_for_update().get(pk=self.uploader.pk)
        words = {name: answers[name] for name in WORDS}
        same = Picture.objects.filter(digest=answers["file"].digest, **words).first()
        if same:
            raise forms.ValidationError(
                f"This picture with these words is stored already, as [picture {same.pk}]. "
                "Nothing was stored twice. To store it once more, change the name."
            )
        return answers


class UploadAgain(UploadForm):
    """The form once more, after the store did not take the picture: everything typed is still there."""

    def clean_file(self):
        raise forms.ValidationError(
            "The picture could not be stored just now, and nothing of it was kept. "
            "Choose the file again and save it in a few minutes."
        )


@admin.register(Picture)
class PictureAdmin(EditConflictAdmin):
    # The shelf
    list_display = ["shown_small", "title", "alt", "place_in_text", "created_at"]
    list_display_links = ["title"]
    search_fields = ["title", "alt", "caption"]
    search_help_text = "Words of the name, description or caption"
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False

    # One picture
    readonly_fields = ["shown", "place_in_text", "shown_in"]
    words = ["alt", "is_decoration", "caption", "credit"]  # what a reviewer signs with the article

    def get_form(self, request, obj=None, change=False, **kwargs):
        upload = UploadAgain if getattr(request, "was_not_stored", False) else UploadForm
        upload = type(upload.__name__, (upload,), {"uploader": request.user})
        kwargs |= {"widgets": UploadForm.Meta.widgets} if change else {"form": upload}
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        first = ["shown", "place_in_text", "shown_in"] if obj else ["file"]
        fieldsets = [(None, {"fields": [*first, "title", *self.words]})]
        return self.with_seen(request, obj, fieldsets)

    def get_readonly_fields(self, request, obj=None):
        fixed = self.words if obj and obj.is_in_a_public_text() else []
        return [*self.readonly_fields, *fixed]

    @prepared_by(draw_ahead)
    def add_view(self, request, *args, **kwargs):
        try:
            return super().add_view(request, *args, **kwargs)
        except Silent:  # its transaction is undone
            request.was_not_stored = True
            return super().add_view(request, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        if change:
            obj.save()
        else:
            obj.keep(form.cleaned_data["file"])

    def get_deleted_objects(self, objs, request):
        """What keeps a picture is that an article shows it, not that an editor may not delete the article."""
        listed, counted, not_allowed, protected = super().get_deleted_objects(objs, request)
        return listed, counted, set() if protected else not_allowed, protected

    @admin.display(description="Picture")
    def shown(self, picture):
        return render_to_string("admin/articles/_picture.html", {"picture": picture})

    @admin.display(description="Picture")
    def shown_small(self, picture):
        return render_to_string("admin/articles/_picture_small.html", {"picture": picture})

    @admin.display(description="To place it in a text")
    def place_in_text(self, picture):
        return f"[picture {picture.pk}]"

    @admin.display(description="Shown in")
    def shown_in(self, picture):
        context = {
            "articles": picture.articles(),
            "is_public": picture.is_in_a_public_text(),
        }
        return render_to_string("admin/articles/_shown_in.html", context)

    # What the editor of a text asks for
    def get_urls(self):
        ours = [
            path(
                "choices/",
                self.admin_site.admin_view(self.choices),
                name="articles_picture_choices",
            ),
            path(
                "<int:pk>/file/",
                self.admin_site.admin_view(self.file),
                name="articles_picture_file",
            ),
        ]
        return ours + super().get_urls()

    def choices(self, request):
        """The newest pictures, or those about `q`, as JSON."""
        self._refuse_unless_allowed(request)
        words = request.GET.get("q", "").replace("\x00", "").strip()
        found = Picture.objects.newest_first()
        found = (found.about(words) if words else found)[:MOST_CHOICES]
        note(request, action=Action.SEARCHED if words else Action.LISTED, shown=list(found))
        return JsonResponse(
            {
                "pictures": [
                    {"id": one.pk, "title": one.title, "alt": one.alt, "src": one.smallest}
                    for one in found
                ]
            },
            headers={"Cache-Control": "no-store"},
        )

    def file(self, request, pk):
        """Where the editor of a text finds a picture of which it knows the number alone."""
        self._refuse_unless_allowed(request)
        return redirect(get_object_or_404(Picture, pk=pk).smallest)

    def _refuse_unless_allowed(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied


def pictures_out_of_reach(request, now):
    """What an editor reads on the front page while pictures can be neither shown nor stored."""
    may_upload = request.user.has_perm("articles.add_picture")
    wrong = what_is_wrong(now) if may_upload else ""
    return [(wrong, reverse("admin:articles_picture_changelist"))] if wrong else []


admin.site.attention.append(pictures_out_of_reach)
