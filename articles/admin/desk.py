"""Beside an article's form: reading it as a reviewer, its earlier versions, how it looks to readers."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles.models import Allowance, CannotSign, Version
from articles.previews import preview_address
from articles.publishing import PARTS, standing
from clinic.numbers import row_number
from clinic.typed import TextField


class ReviewForm(forms.Form):
    """The reviewer's word on the text they have just read, and a note for each warning that may stand."""

    seen = forms.CharField(widget=forms.HiddenInput)
    has_read = forms.BooleanField(
        label="I have read all of it, with its sources, and stand for it as a clinician",
        error_messages={"required": "Tick the box if you stand for the text."},
    )

    def __init__(self, *args, warnings=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.warnings = list(warnings)
        for number, _ in enumerate(self.warnings):
            self.fields[f"note_{number}"] = TextField(
                label="Why it may stand (empty: it has to go)",
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def warnings_with_fields(self):
        return [(one, self[f"note_{number}"]) for number, one in enumerate(self.warnings)]

    @property
    def notes(self):
        """Each warning that may stand, with its note."""
        pairs = [(w, self.cleaned_data[f"note_{n}"]) for n, w in enumerate(self.warnings)]
        return [(warning, note) for warning, note in pairs if note]


class Desk:
    """The pages round one article in the admin, each with the right it asks for."""

    def get_urls(self):
        pages = [
            ("review", self.review_view),
            ("versions", self.versions_view),
            ("restore", require_POST(self.restore_view)),
            ("look", self.look_view),
        ]
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"articles_article_{name}",
            )
            for name, view in pages
        ]
        return own + super().get_urls()

    def has_sign_permission(self, request):
        return request.user.has_perm("articles.sign_article")

    def review_view(self, request, pk):
        """A reviewer reads the words, lets warnings stand with a note, and signs."""
        article = self._article(request, pk)
        if not self.has_sign_permission(request):
            raise PermissionDenied
        found = [one for one in standing(article) if not one.is_signature]
        warnings = [one for one in found if not one.blocks]
        form = ReviewForm(
            request.POST or None, warnings=warnings, initial={"seen": article.digest()}
        )
        if form.is_valid() and self._sign(request, article, form):
            return redirect("admin:articles_article_change", article.pk)
        in_the_way = [one for one in found if one.blocks]
        context = {
            "form": form,
            "in_the_way": in_the_way,
            "parts": [(PARTS[name], html) for name, html in article.html.items() if html],
            "title": f"Review: {article}",
        }
        return self._page(request, article, "review", context)

    def _sign(self, request, article, form):
        now, by = timezone.now(), request.user.get_username()
        try:
            article.sign(by=request.user, now=now, seen=form.cleaned_data["seen"])
        except CannotSign as refusal:
            form.add_error(None, refusal)
            return False
        for warning, note in form.notes:
            Allowance.objects.update_or_create(
                article=article,
                rule=warning.rule,
                line=warning.line,
                defaults={"note": note, "by": by, "at": now},
            )
        self.log_change(request, article, "Signed as medically reviewed.")
        self.message_user(request, f"{article}: signed.", messages.SUCCESS)
        return True

    def versions_view(self, request, pk):
        """Every version, and what going back to one of them would change."""
        article = self._article(request, pk)
        versions = list(article.versions.all())
        chosen = next((v for v in versions if str(v.pk) == request.GET.get("back_to")), None)
        context = {
            "versions": versions,
            "chosen": chosen,
            "changes": chosen.changes_until(article) if chosen else [],
            "may_restore": self.has_change_permission(request, article),
            "title": f"Versions: {article}",
        }
        return self._page(request, article, "versions", context)

    def restore_view(self, request, pk):
        """Bring the words of a version back: into the draft, or into a new version of a public article."""
        article = self._article(request, pk)
        version = article.versions.filter(pk=row_number(request.POST.get("version"))).first()
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        if version is None:
            raise Http404
        draft = article.bring_back(version)
        Version.objects.keep(draft, by=request.user.get_username(), now=timezone.now())
        self.log_change(request, draft, "An earlier version was brought back.")
        self.message_user(request, "The earlier words are back in this draft.", messages.SUCCESS)
        return redirect("admin:articles_article_change", draft.pk)

    def look_view(self, request, pk):
        """The page as readers will see it, on a phone and on a desk."""
        article = self._article(request, pk)
        context = {
            "address": preview_address(article, request.user),
            "title": f"How it looks: {article}",
        }
        return self._page(request, article, "look", context)

    def _article(self, request, pk):
        article = self.get_object(request, pk)
        if article is None:
            raise Http404
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return article

    def _page(self, request, article, name, context):
        frame = self.admin_site.each_context(request)
        return render(
            request,
            f"admin/articles/article/{name}.html",
            {**frame, "opts": self.opts, "article": article, **context},
        )
