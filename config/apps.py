"""Starts what watches the house, when the apps are up."""

from django.apps import AppConfig
from django.conf import settings


class ReknitConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        if settings.OTLP_URL:
            from config.observability import tracing  # noqa: PLC0415 - its SDK is loaded by those who want it

            tracing.set_up()
        if settings.SENTRY_DSN:
            from config.observability import reports  # noqa: PLC0415 - the same

            reports.set_up()
