"""Plugs errors into the house."""

from django.apps import AppConfig


class ErrorsConfig(AppConfig):
    name = "apps.errors"
    label = "errors"

    def ready(self) -> None:
        from apps.errors import checks  # noqa: F401 - registers the checks
