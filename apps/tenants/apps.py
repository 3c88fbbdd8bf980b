"""Plugs tenants into the house."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "apps.tenants"
    label = "tenants"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS, nothing_to_erase

        ERASERS.plug("tenants", nothing_to_erase)
