"""Meta: Facebook Pages, and Instagram accounts linked to a Page, through Facebook Login."""
