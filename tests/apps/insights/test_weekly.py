"""Each week is summed up once, with the tenant's own numbers, and told to those who asked for it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.connections.models import Connection
from apps.core import clock, erasure
from apps.core.erasure import Subject
from apps.errors.codes import ErrorCode
from apps.events.models import Event
from apps.insights import advice, latency, rollups, summaries, weeks, words
from apps.insights.choices import Counted
from apps.insights.digest import digest
from apps.insights.models import AdvisorInsight, ConnectionHealth, HealthResult, Outage, Progress, Rollup
from apps.insights.numbers import Digest, Numbers, PlatformWeek
from apps.jobs.models import Job
from apps.notifications.models import Notice
from apps.tenants import flags, keys
from apps.tenants.choices import Flag, KeyScope
from apps.tenants.models import Tenant
from tests.browsers import signed_in
from tests.crowd import make_crowd
from tests.make import make_tenant

pytestmark = pytest.mark.django_db
WEEK = date(2026, 11, 16)
BEGIN, END = weeks.bounds(WEEK)
MONDAY = END + timedelta(hours=8, minutes=3)


@pytest.fixture
def acme() -> Tenant:
    """Alice's tenant with one page that she has had for a year; Charlie's Globex has none."""
    tenant, _ = make_tenant()
    make_tenant("Globex", "charlie@globex.test")
    crowd = make_crowd(1, tenants=1, posts=False)
    Connection.objects.across_tenants().filter(pk=crowd.pks[0]).update(
        tenant=tenant, created_at=BEGIN - timedelta(days=365)
    )
    counted_until(MONDAY)
    return tenant


def counted_until(at: datetime) -> None:
    """Let everything be counted until then."""
    for source in Counted:
        Progress.objects.update_or_create(
            source=source, defaults={"after": "00000000-0000-0000-0000-000000000000", "complete_until": at}
        )


def happened(
    tenant: Tenant,
    at: datetime,
    told: Mapping[tuple[str, str], int],
    *,
    platform: str = "linkedin",
    **more: Any,
) -> None:
    """Let things have happened: verbs of the log or ends of calls, each with a code."""
    counted = more.get("counted", Counted.EVENT)
    for (outcome, code), count in told.items():
        for span in ("hour", "day"):
            begin = at.replace(hour=0) if span == "day" else at
            row, _ = Rollup.objects.across_tenants().get_or_create(
                tenant=tenant,
                span=span,
                begin=begin,
                counted=counted,
                platform=platform,
                kind="" if outcome.startswith("connection.") else "publish",
                outcome=outcome,
                code=code,
                defaults={"count": 0, "took": list(latency.NOTHING)},
            )
            Rollup.objects.across_tenants().filter(pk=row.pk).update(count=row.count + count)


def a_week(tenant: Tenant) -> None:
    """A week with trouble after one without."""
    happened(
        tenant, BEGIN - timedelta(days=3), {("job.succeeded", ""): 30, ("connection.reconnected", ""): 5}
    )
    happened(
        tenant,
        BEGIN + timedelta(hours=9),
        {
            ("job.succeeded", ""): 40,
            ("job.succeeded", "FOUND"): 2,
            ("job.answered", "it_is_there"): 1,
            ("job.answered", "skip"): 1,
            ("job.failed", "CONTENT_INVALID"): 3,
            ("error.dead_lettered", "PARTNER_5XX"): 4,
            ("error.retry_scheduled", "PARTNER_5XX"): 11,
            ("connection.reconnected", ""): 7,
        },
    )
    for hour in (1, 2, 5, 30):
        at = BEGIN + timedelta(hours=hour)
        happened(tenant, at, {("failure", "RATE_LIMIT_429"): 12}, platform="meta", counted=Counted.CALL)
    for code, hours in (("AUTH_INVALID", 4), ("AUTH_EXPIRED", 5), ("CIRCUIT_BREAKER_OPEN", 6)):
        Outage.objects.create(
            tenant=tenant,
            connection=Connection.objects.for_tenant(tenant.pk).get().pk,
            platform="tiktok",
            code=code,
            began_at=BEGIN + timedelta(hours=10 * hours),
            ended_at=BEGIN + timedelta(hours=11 * hours),
            end="resumed",
        )


class TestDigest:
    def test_counts_what_the_week_and_the_one_before_brought(self, acme: Tenant) -> None:
        a_week(acme)

        with CaptureQueriesContext(connection) as asked:
            found = digest(tenant=acme.pk, week=WEEK)

        assert (found.this.published, found.this.failed, found.this.retried) == (43, 7, 11)
        assert found.this.success_rate == 0.86
        assert (found.this.reconnects, found.before.reconnects, found.before.published) == (7, 5, 30)
        assert (found.this.slowed_down, found.this.duplicates_prevented) == (48, 3)
        assert (found.recoveries, found.recovery_seconds) == (3, 5 * 3600)
        assert found.errors == [{"code": "RATE_LIMIT_429", "count": 48, "before": 0}]
        assert found.days[0] == {"date": "2026-11-16", "published": 43, "failed": 7}
        assert [one.spells for one in found.platforms if one.platform == "meta"] == [3]
        assert len(asked) == 5

    def test_tells_its_rules_numbers(self, acme: Tenant) -> None:
        a_week(acme)

        said = advice.advice(digest(tenant=acme.pk, week=WEEK))

        assert said == [
            (
                "LinkedIn had to be reconnected 7 times, 40 % more than the week before. Give every permission when you"
                " sign in, and let one person look after each account."
            ),
            (
                "TikTok: it took 5 h 0 min on average until an account published again; 2 of 3 stops came from a"
                " password or a permission. Reconnect as soon as we write; your posts wait until then."
            ),
            "LinkedIn did not take 7 of 50 posts. The page Posts says why, for each of them.",
            "Facebook asked us to slow down 3 times. Spread your posts there over the day.",
            "The partner asked us to slow down: 48 times, after 0 the week before.",
        ]


class TestAdvice:
    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ({"this": Numbers(published=1, reconnects=2)}, advice.WELL),
            ({"this": Numbers(published=1, reconnects=6), "before": Numbers(reconnects=5)}, advice.WELL),
            ({"this": Numbers(published=1), "recoveries": 1, "recovery_seconds": 90_000}, advice.WELL),
            ({"this": Numbers(published=1), "spells": 2}, advice.WELL),
            ({"this": Numbers(published=18, failed=1)}, "1 post did not go out; the page Posts says why."),
            ({"this": Numbers(published=95, failed=5)}, "5 posts did not go out; the page Posts says why."),
            ({}, advice.QUIET),
        ],
    )
    def test_below_its_threshold_a_rule_says_nothing(self, part: dict[str, Any], expected: str) -> None:
        platform = PlatformWeek("meta", **part)

        said = advice.advice(Digest(this=platform.this, before=platform.before, platforms=[platform]))

        assert said == [expected]

    def test_every_error_has_words_without_a_code(self) -> None:
        assert set(words.ERRORS) == set(ErrorCode)
        assert words.error("NOT_OF_THIS_VERSION") == words.ERRORS[ErrorCode.UNKNOWN]


class TestWriting:
    def test_happens_once_from_monday_eight_o_clock_whoever_ticks_and_however_late(
        self, acme: Tenant
    ) -> None:
        a_week(acme)
        early = summaries.write_due(at=END + timedelta(hours=7, minutes=59))
        assert WEEK not in AdvisorInsight.objects.for_tenant(acme.pk).values_list("week_starting", flat=True)

        on_time, doubled = summaries.write_due(at=MONDAY), summaries.write_due(at=MONDAY)
        counted_until(MONDAY + timedelta(days=20))
        late = summaries.write_due(at=MONDAY + timedelta(days=17))

        assert (early, on_time, doubled, late) == (4, 1, 0, 2)
        insight = AdvisorInsight.objects.for_tenant(acme.pk).get(week_starting=WEEK)
        assert (insight.category, insight.data["this"]["total"], len(insight.advice)) == (
            "integration_health",
            50,
            5,
        )
        mails = Notice.objects.for_tenant(acme.pk).order_by("id")
        assert [one.subject for one in mails] == [
            "Acme, 9 to 15 November 2026: your week in numbers",
            "Acme, 16 to 22 November 2026: your week in numbers",
            "Acme, 30 November to 6 December 2026: a quiet week",
        ]
        assert "LinkedIn had to be reconnected 7 times" in mails[1].text
        assert "Kept from going out twice: 3 posts" in mails[1].text
        assert mails[1].names == ["alice@acme.test"]
        assert Event.objects.filter(verb="insight.written", tenant=acme.pk).count() == 7

    def test_waits_until_the_week_is_counted_to_its_end(self, acme: Tenant) -> None:
        counted_until(END + timedelta(minutes=1))

        written = summaries.write_due(at=MONDAY)

        assert WEEK not in AdvisorInsight.objects.for_tenant(acme.pk).values_list("week_starting", flat=True)
        assert (written, rollups.complete_until()) == (3, END + timedelta(minutes=1))

    def test_leaves_out_who_does_not_want_it_and_who_has_no_account(self, acme: Tenant) -> None:
        flags.switch(tenant=acme.pk, flag=Flag.WEEKLY_SUMMARY, on=False, actor="staff:olga", at=MONDAY)

        assert summaries.write_due(at=MONDAY) == 0

    @pytest.mark.parametrize(
        ("week", "name"),
        [
            (date(2026, 11, 16), "16 to 22 November 2026"),
            (date(2026, 9, 28), "28 September to 4 October 2026"),
            (date(2026, 12, 28), "28 December 2026 to 3 January 2027"),
        ],
    )
    def test_a_week_has_a_plain_name(self, week: date, name: str) -> None:
        assert weeks.in_words(week) == name


class TestPage:
    def test_shows_a_member_the_week_with_charts_tables_and_the_way_back(self, acme: Tenant) -> None:
        alice = signed_in("alice@acme.test")
        empty = alice.get("/t/acme/insights/").content.decode()
        a_week(acme)
        summaries.write_due(at=MONDAY)

        with CaptureQueriesContext(connection) as asked:
            page = alice.get("/t/acme/insights/").content.decode()
        older = alice.get("/t/acme/insights/?week=2026-11-09").content.decode()

        assert "Your first summary is on its way" in empty
        assert "16 to 22 November 2026" in page
        assert page.count("<svg") == page.count("<details>") == 2
        assert "Monday: 43 published" in page
        assert 'href="?week=2026-11-09"' in page
        assert "style=" not in page
        assert "RATE_LIMIT" not in page
        assert "9 to 15 November 2026" in older
        assert alice.get("/t/acme/insights/?week=2020-01-06").status_code == 404
        assert alice.get("/t/acme/insights/?week=soon").status_code == 404
        assert len(asked) <= 5

    def test_lets_a_member_choose_the_mail(self, acme: Tenant) -> None:
        alice = signed_in("alice@acme.test")

        alice.post("/t/acme/insights/mail/", {})
        summaries.write_due(at=MONDAY)

        assert Notice.objects.for_tenant(acme.pk).get().state == "nobody"


class TestApi:
    def test_reads_the_weeks_of_its_own_tenant(self, acme: Tenant) -> None:
        summaries.write_due(at=MONDAY)
        globex = Tenant.objects.get(slug="globex")
        found = {}
        for tenant in (acme, globex):
            _, secret = keys.issue(tenant=tenant.pk, name="test", scopes=[KeyScope.READ], at=clock.now())
            client = Client(headers={"Authorization": f"Bearer {secret}"})
            found[tenant.slug] = (
                client.get("/api/v2/insights/weekly").json()["insights"],
                client.get(f"/api/v2/insights/weekly/{WEEK}").status_code,
                client.get("/api/v2/insights/weekly/soon").status_code,
            )

        rows, one, wrong = found["acme"]
        assert (len(rows), one, wrong) == (4, 200, 404)
        assert (rows[0]["week_starting"], rows[0]["recommendations"]) == ("2026-11-16", [advice.QUIET])
        assert found["globex"] == ([], 404, 404)


class TestErasure:
    def test_forgets_how_the_accounts_did_and_keeps_the_numbers(self, acme: Tenant) -> None:
        a_week(acme)
        summaries.write_due(at=MONDAY)
        page = Connection.objects.for_tenant(acme.pk).get()
        known = {"tenant": acme, "platform": "meta", "status": "healthy", "at": datetime.now(UTC)}
        HealthResult.objects.create(connection=page.pk, **known)
        ConnectionHealth.objects.create(connection=page, tenant=acme, due_at=MONDAY)
        subject = Subject(acme.pk, frozenset({page.grant_id}), frozenset({page.pk}), frozenset())

        erasure.erase(subject, at=MONDAY)

        for model in (HealthResult, ConnectionHealth, Outage):
            assert not model.objects.across_tenants().exists()  # type: ignore[attr-defined]
        assert AdvisorInsight.objects.for_tenant(acme.pk).count() == 4
        assert not Job.objects.for_tenant(acme.pk).filter(kind="health_check").exists()
