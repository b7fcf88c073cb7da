"""A reply leaves the site when the one who wrote it asks: as a copy for them, or for good."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles.models import Reply, ReplyErasure
from clinic.audit import Action, Reason, note


class ErasingForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *ReplyErasure.Reason.choices],
        error_messages={"required": "Choose why."},
    )


class Leaving:
    """Two doors on the page of a reply, for managers."""

    def get_urls(self):
        return [
            self._door("copy", require_POST(self.copy)),
            self._door("erase", self.erase),
            *super().get_urls(),
        ]

    def has_hand_out_permission(self, request):
        return request.user.has_perm("articles.hand_out_reply")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        extra = {"may_hand_out": self.has_hand_out_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)

    def copy(self, request, reply):
        """A text for the one who wrote it: their words, and what became of them."""
        note(request, reply, action=Action.EXPORTED, reason=Reason.PERSON_ASKED)
        return HttpResponse(
            render_to_string("admin/articles/reply/copy.txt", {"reply": reply}),
            content_type="text/plain; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="your-reply.txt"',
                "Cache-Control": "no-store",
            },
        )

    def erase(self, request, reply):
        """Asked first; the answer says why."""
        form = ErasingForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            note(request, reply, action=Action.ERASED, reason=Reason.PERSON_ASKED)
            words = str(reply)
            Reply.objects.filter(pk=reply.pk).erase(
                timezone.now(), reason=form.cleaned_data["reason"], by=request.user
            )
            self.message_user(request, f"{words} is erased for good.", messages.SUCCESS)
            return redirect("admin:articles_reply_changelist")
        page = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Erase {reply}?",
            "reply": reply,
            "form": form,
        }
        answer = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/articles/reply/erase.html", page, status=answer)

    def _say_it_is_gone(self, request):
        self.message_user(
            request,
            "This reply is erased already, maybe by a first press. Nothing more was done.",
            messages.WARNING,
        )
        return redirect("admin:articles_reply_changelist")

    def _door(self, verb, act):
        def view(request, object_id):
            if not self.has_hand_out_permission(request):
                raise PermissionDenied
            reply = Reply.objects.filter(pk=object_id).first()
            if reply is None and request.method == "POST":
                return self._say_it_is_gone(request)
            return act(request, reply or get_object_or_404(Reply, pk=object_id))

        guarded = self.admin_site.admin_view(view)
        return path(f"<int:object_id>/{verb}/", guarded, name=f"articles_reply_{verb}")
