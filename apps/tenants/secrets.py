"""Secrets that we hand out once and keep only as a peppered hash."""

import hashlib
import hmac

from django.conf import settings


def digest(secret: str) -> str:
    """Return what may be stored of a secret."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), secret.encode(), hashlib.sha256).hexdigest()
