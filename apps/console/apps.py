"""Makes our site the admin site."""

from django.contrib.admin import apps as admin_apps


class OpsAdminConfig(admin_apps.AdminConfig):
    """The one default configuration of this app (AdminConfig itself must not be a second one)."""

    default = True
    default_site = "apps.console.site.OpsSite"

    def ready(self) -> None:
        from apps.console import events  # noqa: F401 - declares the verbs

        super().ready()
