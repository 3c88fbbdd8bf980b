"""TikTok's webhooks."""
