"""Mailchimp's webhooks."""
