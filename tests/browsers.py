"""Browsers with somebody signed in."""

from django.test import Client

from apps.tenants.models import User


def signed_in(email: str) -> Client:
    """Return a browser with this person; the sign-in page itself has tests of its own."""
    browser = Client()
    browser.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return browser
