"""The table of contents of the web process."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.api import health
from apps.api.status import StatusView
from apps.webhooks.inbound.pages import show_erasure
from config.observability import exposition

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", exposition.page, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/connections/status", StatusView.as_view(), name="api_connections_status"),
    path("api/webhooks/", include("apps.webhooks.inbound.urls")),
    path("data-deletion/<slug:code>", show_erasure, name="data_deletion"),
    path("api/v2/", include("apps.api.v2.urls")),
    path("", include("apps.web.urls")),
]
