"""Tables, and the site's published articles as Wagtail's pages: `python -m tests.bench.wagtail_site.fill < articles.json`."""

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.wagtail_site.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

from tests.bench.wagtail_site.models import Article, Library, Reference  # noqa: E402

COPIES = 25  # of each sample article: a library of some hundred pages

call_command("migrate", verbosity=0)
root = Page.get_first_root_node()
library = root.add_child(instance=Library(title="Articles", slug="articles"))
Site.objects.update_or_create(
    is_default_site=True, defaults={"hostname": "localhost", "root_page": library}
)
articles = json.load(sys.stdin)
for copy in range(COPIES):
    for fields in articles:
        own = {name: value for name, value in fields.items() if name != "references"}
        own |= {"slug": f"{own['slug']}-{copy}"} if copy else {}
        page = Article(**own, first_published_at=timezone.now())
        page.references = [Reference(text=text) for text in fields["references"]]
        library.add_child(instance=page)
