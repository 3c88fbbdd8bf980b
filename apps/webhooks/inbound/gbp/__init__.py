"""Google's webhooks."""
