"""Mailchimp: audiences and e-mail campaigns through the Marketing API."""
