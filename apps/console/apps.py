"""Makes our site the admin site."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.db.models.signals import post_migrate


class OpsAdminConfig(admin_apps.AdminConfig):
    """The one default configuration of this app (AdminConfig itself must not be a second one)."""

    default = True
    default_site = "apps.console.site.OpsSite"

    def ready(self) -> None:
        from apps.console import events, people  # noqa: F401 - declares the verbs, registers the lists

        super().ready()
        people.keep_secrets()
        last = apps.get_app_config("drills")  # of those with models: by then there are all other permissions
        post_migrate.connect(_tend_groups, sender=last)


def _tend_groups(sender: AppConfig, **_kwargs: Any) -> None:
    """Make the staff's groups."""
    from django.contrib.auth.management import create_permissions

    from apps.console.staff import ensure_groups

    create_permissions(sender, verbosity=0)  # we are asked before Django's own receiver
    ensure_groups()
