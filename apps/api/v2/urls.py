"""The routes of the API."""

from django.urls import path

from apps.api.v2 import deliveries, dlq, drills, errors, insights, operations, webhooks
from apps.api.v2.backfill import BackfillView
from apps.api.v2.batch import BatchJobsView
from apps.api.v2.connection_actions import (
    ConnectionCheckView,
    ConnectionPauseView,
    ConnectionResumeView,
    ReconnectUrlView,
)
from apps.api.v2.connections import ConnectionsView, ConnectionView
from apps.api.v2.job_actions import JobAttemptsView, JobCancelView, JobConfirmView
from apps.api.v2.jobs import JobsView, JobView
from apps.api.v2.timeline import TimelineView

ONE = "connections/<uuid:connection>"
HOOK = "webhooks/<uuid:endpoint>"
urlpatterns = [
    path("batch/jobs", BatchJobsView.as_view(), name="api_batch_jobs"),
    path("jobs", JobsView.as_view(), name="api_jobs"),
    path("jobs/<uuid:job>", JobView.as_view(), name="api_job"),
    path("jobs/<uuid:job>/attempts", JobAttemptsView.as_view(), name="api_job_attempts"),
    path("jobs/<uuid:job>/cancel", JobCancelView.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job>/confirm", JobConfirmView.as_view(), name="api_job_confirm"),
    path("connections", ConnectionsView.as_view(), name="api_connections"),
    path(ONE, ConnectionView.as_view(), name="api_connection"),
    path(f"{ONE}/pause", ConnectionPauseView.as_view(), name="api_connection_pause"),
    path(f"{ONE}/resume", ConnectionResumeView.as_view(), name="api_connection_resume"),
    path(f"{ONE}/health-check", ConnectionCheckView.as_view(), name="api_connection_check"),
    path(f"{ONE}/reconnect-url", ReconnectUrlView.as_view(), name="api_reconnect_url"),
    path(f"{ONE}/timeline", TimelineView.as_view(), name="api_timeline"),
    path(f"{ONE}/backfill", BackfillView.as_view(), name="api_backfill"),
    path("errors/retry", dlq.ReplayView.as_view(), name="api_errors_retry"),
    path("errors/retry/<uuid:operation>", operations.OperationView.as_view(), name="api_errors_retried"),
    path("errors/resolve", dlq.ResolveView.as_view(), name="api_errors_resolve"),
    path("errors/stats", errors.StatsView.as_view(), name="api_errors_stats"),
    path("errors/classify", errors.ClassifyView.as_view(), name="api_errors_classify"),
    path("errors/circuit-breaker/<str:lane>", errors.BreakerView.as_view(), name="api_breaker"),
    path("dlq", dlq.LettersView.as_view(), name="api_dlq"),
    path("dlq/<uuid:letter>", dlq.LetterView.as_view(), name="api_dead_letter"),
    path("dlq/replay", dlq.ReplayView.as_view(), name="api_dlq_replay"),
    path("dlq/replay/dry-run", dlq.ReplayDryRunView.as_view(), name="api_dlq_dry_run"),
    path("dlq/resolve", dlq.ResolveView.as_view(), name="api_dlq_resolve"),
    path("drills", drills.DrillsView.as_view(), name="api_drills"),
    path("drills/<uuid:drill>", drills.DrillView.as_view(), name="api_drill"),
    path("drills/<uuid:drill>/abort", drills.DrillAbortView.as_view(), name="api_drill_abort"),
    path("insights/weekly", insights.WeeksView.as_view(), name="api_insights"),
    path("insights/weekly/<str:week>", insights.WeekView.as_view(), name="api_insight"),
    path("webhooks", webhooks.EndpointsView.as_view(), name="api_webhooks"),
    path("webhooks/event-types", webhooks.EventTypesView.as_view(), name="api_event_types"),
    path(HOOK, webhooks.EndpointView.as_view(), name="api_webhook"),
    path(f"{HOOK}/deliveries", deliveries.DeliveriesView.as_view(), name="api_webhook_deliveries"),
    path(f"{HOOK}/test", webhooks.EndpointTestView.as_view(), name="api_webhook_test"),
    path(f"{HOOK}/rotate-secret", webhooks.RotateView.as_view(), name="api_webhook_rotate"),
    path("webhooks/deliveries/<uuid:delivery>", deliveries.DeliveryView.as_view(), name="api_delivery"),
    path(
        "webhooks/deliveries/<uuid:delivery>/redeliver",
        deliveries.RedeliverView.as_view(),
        name="api_redeliver",
    ),
    path("operations", operations.OperationsView.as_view(), name="api_operations"),
    path("operations/<uuid:operation>", operations.OperationView.as_view(), name="api_operation"),
    path("operations/<uuid:operation>/items", operations.OperationItemsView.as_view(), name="api_items"),
    *(
        path(
            f"operations/<uuid:operation>/{verb}",
            operations.SteerView.as_view(verb=verb),
            name=f"api_operation_{verb}",
        )
        for verb in ("pause", "resume", "abort")
    ),
]
