"""Our admin site."""

from unfold.sites import UnfoldAdminSite


class OpsSite(UnfoldAdminSite):
    """The console of the operations staff."""

    site_header = "Reknit"
    site_title = "Reknit console"
    index_title = "What needs a person"
