"""Plugs the engine into the house."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        from apps.jobs import checks, events, worker  # noqa: F401 - importing declares
