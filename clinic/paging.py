"""Pages of long lists."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts no further than anyone ever turns pages; `is_cut` says that there is more."""

    MOST = 1000

    @cached_property
    def count(self):
        return min(self._counted, self.MOST)

    @property
    def is_cut(self):
        return self._counted > self.MOST

    @cached_property
    def _counted(self):
        return self.object_list.order_by().values("pk")[: self.MOST + 1].count()
