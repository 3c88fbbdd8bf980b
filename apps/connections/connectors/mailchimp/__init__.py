"""Mailchimp: e-mail campaigns to an audience."""
