"""What is counted is right, names nobody, and is shown to those who may see it."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from apps.connections.choices import ConnectionStatus, Platform
from apps.core import clock, metrics
from apps.errors.codes import ErrorCode
from apps.jobs.actions.cancel import cancel
from apps.jobs.choices import JobState
from apps.jobs.kinds import KINDS, HoldReason
from apps.jobs.limits import Budget
from apps.jobs.models import Bucket
from apps.jobs.pump import Pump
from apps.webhooks.metrics import VERDICTS
from config.observability import exposition
from tests.make import make_connection, make_job, make_letter, make_publish, make_tenant
from tests.scripted import Script
from tests.simulator import Simulator

COUNTS = (
    "connector_publish_total",
    "connector_publish_latency_seconds_count",
    "connector_rate_limit_429_total",
    "errors_total",
    "jobs_finished_total",
    "queue_wait_seconds_count",
)
HERE = {"REMOTE_ADDR": "127.0.0.1"}
_CODES = {"none", *(code.value for code in ErrorCode)}
_STATES = {state.value for state in JobState}
# Each label that a metric may have, and all that it may say.
ALLOWED = {
    "platform": {*(one.value for one in Platform), "http", "operation", "email", "apprise"},
    "code": _CODES,
    "kind": set(KINDS.names()) | {"scripted", "harmless"},
    "outcome": _STATES | {"success", "failure", "unknown", "delivered", "retried", "given_up"},
    "status_class": {"none", "1xx", "2xx", "3xx", "4xx", "5xx"},
    "status": {
        *(one.value for one in ConnectionStatus),
        *("healthy", "warning", "critical", "unknown"),
        *(str(status.value) for status in HTTPStatus),
    },
    "state": _STATES | {"scheduled"},
    "reason": {one.value for one in HoldReason},
    "verdict": set(VERDICTS),
    "of": set(metrics.GAUGES.names()),
    "source": {one.value for one in Platform},
    "api": {one.value for one in Budget},
}


def shown() -> list[Metric]:
    """What Prometheus would read."""
    exposition.STATE.forget()
    return list(text_string_to_metric_families(exposition.everything().decode()))


def value(name: str, **labels: str) -> float:
    """The sum of what a metric says with these labels."""
    samples = [one for family in shown() for one in family.samples if one.name == name]
    return sum(one.value for one in samples if labels.items() <= one.labels.items())


def test_counts_what_became_of_posts(pump: Pump, simulator: Simulator) -> None:
    tenant, _ = make_tenant()
    connection = make_connection(tenant, simulator.account("meta", "page"))
    before = {name: value(name) for name in COUNTS}
    make_publish(connection, "One")
    pump.drain()
    simulator.fault("answer", platform="meta", operation="publish", status=429, body="{}")
    make_publish(connection, "Two")

    pump.drain()

    grown = {name: value(name) - before[name] for name in COUNTS}
    assert grown == {
        "connector_publish_total": 2,
        "connector_publish_latency_seconds_count": 2,
        "connector_rate_limit_429_total": 1,
        "errors_total": 1,
        "jobs_finished_total": 1,
        "queue_wait_seconds_count": 2,
    }
    assert value("queue_depth", platform="meta") == 1
    assert value("connections", platform="meta", status="active") == 1
    assert value("token_age_seconds_bucket", platform="meta", le="3600.0") == 2


@pytest.mark.django_db
def test_what_a_person_ends_is_counted_once_it_is_committed(
    script: Script, django_capture_on_commit_callbacks: Any
) -> None:
    tenant, _ = make_tenant()
    job = make_job(tenant)
    before = value("jobs_finished_total", outcome="cancelled")

    with django_capture_on_commit_callbacks() as after_commit:
        cancel(job.pk, tenant=tenant.pk, actor="user:alice", at=clock.now())
    uncommitted = value("jobs_finished_total", outcome="cancelled")
    for act in after_commit:
        act()

    assert (uncommitted - before, value("jobs_finished_total", outcome="cancelled") - before) == (0, 1)


@pytest.mark.django_db
def test_says_how_much_of_what_a_partner_allows_is_used() -> None:
    now = clock.now()
    Bucket.objects.create(
        scope="app:gbp", budget=Budget.CALLS, platform="gbp", per="app", used=75, refilled_at=now
    )

    assert 0.2 < value("api_quota_used_ratio", source="gbp", api="calls") <= 0.25
    assert value("api_quota_used_ratio", source="tiktok", api="read") == 0


@pytest.mark.django_db
def test_no_label_names_a_tenant_or_says_what_has_no_bound(script: Script) -> None:
    tenant, _ = make_tenant()
    make_letter(tenant)
    make_job(tenant)

    said = {
        (name, word)
        for family in shown()
        for sample in family.samples
        for name, word in sample.labels.items()
        if name not in {"le", "view", "method"}
    }

    assert said
    assert [one for one in said if one[1] not in ALLOWED[one[0]]] == []
    assert {name for one in metrics.DESCRIBED.values() for name in one.labels} <= {*ALLOWED, "view", "method"}


@pytest.mark.django_db
def test_reads_the_state_with_as_many_questions_however_much_there_is(
    script: Script, django_assert_num_queries: Any
) -> None:
    tenant, _ = make_tenant()
    for _ in range(5):
        make_job(tenant)
        make_letter(tenant, kind="harmless")

    exposition.STATE.forget()

    with django_assert_num_queries(17):
        exposition.STATE.collect()
        found = {one.name for one in exposition.STATE.collect()}

    assert {"queue_depth", "dead_letters_open", "connections", "state_gauges_up"} <= found


@pytest.mark.django_db
def test_the_oldest_open_dead_letter_has_an_age(script: Script) -> None:
    assert value("dead_letter_oldest_seconds") == 0

    make_letter(make_tenant()[0], kind="harmless")
    clock.travel(timedelta(hours=1))

    assert value("dead_letter_oldest_seconds") >= 3600


@pytest.mark.django_db
def test_what_cannot_be_read_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Iterator[Metric]:
        raise OperationalError

    monkeypatch.setitem(metrics.GAUGES._things, "jobs", fail)

    assert (value("state_gauges_up", of="jobs"), value("state_gauges_up", of="connections")) == (0, 1)
    assert any(one.name == "jobs_finished" for one in shown())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "came", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.7"}, 403),
        ("", {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ("sesame", {}, 403),
        ("sesame", {"HTTP_AUTHORIZATION": "Bearer sesam"}, 403),
        ("sesame", {"HTTP_AUTHORIZATION": "Bearer sesame", "REMOTE_ADDR": "10.0.0.7"}, 200),
    ],
)
def test_only_this_machine_or_whoever_has_the_token_may_look(
    token: str, came: dict[str, str], status: int, settings: Any
) -> None:
    settings.METRICS_TOKEN = token

    answer = Client().get("/metrics", **{**HERE, **came})

    assert answer.status_code == status
