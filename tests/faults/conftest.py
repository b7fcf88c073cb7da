import pytest

from tests.live import LiveSite


@pytest.fixture(scope="module")
def site(tmp_path_factory, model_site):
    """A running site whose server a test may kill."""
    site = LiveSite(tmp_path_factory.mktemp("site"), like=model_site)
    try:
        site.prepare()
        site.start()
        yield site
    finally:
        site.remove()
