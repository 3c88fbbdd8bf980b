"""What must hold before the house may run."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from apps.core.erasure import ERASERS


@register()
def every_app_can_forget(**_kwargs: Any) -> list[CheckMessage]:
    """An app whose rows belong to tenants and that cannot erase would keep what a person wants forgotten."""
    keeping = {
        model._meta.app_label  # noqa: SLF001 - Django's documented name for it
        for model in apps.get_models()
        if any(field.name == "tenant" for field in model._meta.get_fields())  # noqa: SLF001
    }
    return [
        Error(
            f"Nobody erases what {label} keeps.",
            hint="Plug an eraser into apps.core.erasure.ERASERS in its AppConfig.ready().",
            id="core.E001",
        )
        for label in sorted(keeping - set(ERASERS.names()))
    ]
