"""Meta's webhooks."""
