"""How connections stand, for Prometheus."""

from collections.abc import Iterable

from django.db.models import Count
from prometheus_client.metrics_core import Metric

from apps.core import metrics
from apps.insights.models import ConnectionHealth

HEALTH = metrics.gauge(
    "connection_health", "Connections by what their last check found.", "platform", "status"
)


def collect() -> Iterable[Metric]:
    """Return the gauges of insights."""
    rows = ConnectionHealth.objects.across_tenants().values_list("connection__platform", "status")
    counted = rows.annotate(count=Count("pk")).order_by()
    yield HEALTH(((platform, status), number) for platform, status, number in counted)
