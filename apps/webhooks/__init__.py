"""Webhooks: partners tell us in time, and we tell the host product for sure."""
