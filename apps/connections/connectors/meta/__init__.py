"""Meta: Facebook Pages and the Instagram accounts linked to them."""
