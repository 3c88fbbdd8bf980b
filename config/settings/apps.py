"""Which apps make the house; the order is the order of the floors, lowest first."""

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "apps.console.apps.OpsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_celery_beat",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "apps.core",
    "apps.errors",
    "apps.tenants",
    "apps.events",
    "apps.jobs",
    "apps.notifications",
    "apps.connections",
    "apps.publishing",
    "apps.recovery",
    "apps.insights",
    "apps.webhooks",
    "apps.api",
    "apps.web",
    "apps.drills",
    "config",
]

AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
