"""Plugs errors into the house."""

from django.apps import AppConfig


class ErrorsConfig(AppConfig):
    name = "apps.errors"
    label = "errors"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.errors import checks  # noqa: F401 - registers the checks
        from apps.errors.erasure import erase

        ERASERS.plug("errors", erase)
