"""Tables, the site's published articles as Wagtail's pages, and a form page with the questions of ours.

Both come as JSON: `python -m benchmarks.wagtail_site.fill < {"articles": […], "questions": [[name, kind, choices, needed], …]}`.
"""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.wagtail_site.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from benchmarks.wagtail_site.models import Article, FormField, Library, Reference, RequestForm  # noqa: E402

COPIES = 25  # of each sample article: a library of some hundred pages

call_command("migrate", verbosity=0)
root = Page.get_first_root_node()
library = root.add_child(instance=Library(title="Articles", slug="articles"))
Site.objects.update_or_create(
    is_default_site=True, defaults={"hostname": "localhost", "root_page": library}
)
given = json.load(sys.stdin)
for copy in range(COPIES):
    for fields in given["articles"]:
        own = {name: value for name, value in fields.items() if name != "references"}
        own |= {"slug": f"{own['slug']}-{copy}"} if copy else {}
        page = Article(**own, first_published_at=timezone.now())
        page.references = [Reference(text=text) for text in fields["references"]]
        library.add_child(instance=page)

form = RequestForm(title="Ask us", slug="ask")
form.form_fields = [
    FormField(
        sort_order=order,
        label=name,
        clean_name=name,
        field_type=kind,
        choices=",".join(choices),
        required=needed,
    )
    for order, (name, kind, choices, needed) in enumerate(given["questions"])
]
library.add_child(instance=form)
