"""Tells Sentry of what nobody foresaw, where SENTRY_DSN says so: without bodies, locals, people and secrets."""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from apps.core import context
from config.observability.redaction import clean

# What a report needs to be found and mended; everything else that the SDK collects stays here.
_KEPT = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "transaction",
    "release",
    "environment",
    "server_name",
    "sdk",
    "exception",
    "logentry",
    "message",
    "tags",
    "fingerprint",
    "type",
)


def set_up() -> None:
    """Start the SDK. Only what is named here is patched."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.ENVIRONMENT,
        before_send=before_send,
        max_breadcrumbs=0,
        include_local_variables=False,
        max_request_body_size="never",
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        auto_session_tracking=False,
    )


def before_send(event: Any, _hint: Any) -> Any:
    """Return the report as it may leave the house, with the request that it belongs to."""
    kept = {name: clean(event[name]) for name in _KEPT if name in event}
    if one := context.current():
        kept["tags"] = {**kept.get("tags", {}), "request_id": str(one.request)}
    return kept
