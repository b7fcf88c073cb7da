"""The pages that tests ask for: public ones, those that are kept, those that are not."""

FIXED = [
    "/",
    "/crisis/",
    "/privacy/",
    "/health-data/",
    "/costs/",
    "/accessibility/",
    "/articles/",
    "/articles/topics/anxiety/",
    "/request/",
]
# With the fixture `library`.
KEPT = [
    "/",
    "/crisis/",
    "/privacy/",
    "/health-data/",
    "/costs/",
    "/accessibility/",
    "/articles/",
    "/articles/?page=1",
    "/articles/?from=mail&page=1&",
    "/articles/?page=01",
    "/articles/?p%61ge=1",
    "/articles/?page",
    "/articles/feed/",
    "/articles/topics/anxiety/",
    "/articles/topics/anxiety/feed/",
    "/articles/article-1/",
    "/articles/people/ana-writer/",
    "/sitemap.xml",
    "/sitemap-articles.xml",
    "/robots.txt",
]
NOT_KEPT = [
    "/request/",
    "/request/details/",
    "/articles/search/?q=sleep",
    "/articles/?page=last",
    "/articles/?page=1;page=2",
    "/articles/nothing-here/",
    "/staff/login/",
]


def text_of(page):
    return page.content.decode()
