"""The page Insights in a browser: charts without a script, tables behind them, on a desk and on a phone, in both schemes."""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from apps.core import clock
from apps.insights.advice import advice
from apps.insights.models import AdvisorInsight
from apps.insights.numbers import Digest, Numbers, PlatformWeek
from apps.tenants.models import Membership, Tenant
from tests.e2e.test_policies import complaints, take_session
from tests.make import make_tenant

MONDAY = date(2026, 11, 16)


def make_week(tenant: Tenant, week: date, published: int, failed: int) -> None:
    """Sum up a week that went so."""
    numbers = Numbers(published, failed, retried=31, reconnects=7, slowed_down=48, duplicates_prevented=3)
    tiktok = PlatformWeek(
        "tiktok", numbers, Numbers(30, 1, reconnects=5), spells=3, stops=3, access_stops=2, recoveries=3
    )
    tiktok.recovery_seconds = 15_120
    parts = [0.1, 0.2, 0.25, 0.15, 0.2, 0.1, 0.0]
    days = [
        {
            "date": (week + timedelta(days=day)).isoformat(),
            "published": round(published * part),
            "failed": round(failed * part),
        }
        for day, part in enumerate(parts)
    ]
    found = Digest(
        this=numbers,
        before=tiktok.before,
        platforms=[tiktok],
        errors=[
            {"code": "RATE_LIMIT_429", "count": 48, "before": 3},
            {"code": "AUTH_EXPIRED", "count": 2, "before": 0},
        ],
        days=days,
        recoveries=3,
        recovery_seconds=15_120,
        backfilled=12,
    )
    AdvisorInsight.objects.create(
        tenant=tenant,
        week_starting=week,
        data=found.as_data(),
        recommendation="\n".join(advice(found)),
        created_at=clock.now(),
    )


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("REKNIT_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"insights-{name}.png"), full_page=True)


def test_the_week_is_read_on_a_desk_and_on_a_phone_and_its_mail_is_switched_off(
    committed: None, browser: Browser, live_server: Any
) -> None:
    tenant, _ = make_tenant()
    url = f"{live_server.url}/t/acme/insights/"

    for scheme, width in (("light", 1280), ("dark", 390)):
        with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context:  # type: ignore[arg-type]
            take_session(context, "alice@acme.test", live_server.url)
            page = context.new_page()
            if scheme == "light":
                assert complaints(page, url) == []
                assert page.get_by_role("heading", name="Your first summary is on its way").is_visible()
                picture(page, "empty")
                for back, published in enumerate((1240, 905, 88, 0)):
                    make_week(tenant, MONDAY - timedelta(weeks=back), published, published // 20)
            assert complaints(page, url) == []

            page.get_by_text("The numbers as a table").first.click()

            assert page.locator("figure svg.chart").count() == 2
            assert page.get_by_role("cell", name="310").is_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            picture(page, f"{scheme}-{width}")
            page.get_by_role("link", name="The week before").click()
            page.get_by_role("heading", name="9 to 15 November 2026").wait_for()
            if scheme == "dark":
                page.get_by_label("Write to alice@acme.test every Monday").uncheck()
                page.get_by_role("button", name="Save").click()
                page.get_by_text("Saved.").wait_for()

    assert "weekly_summary" not in Membership.objects.for_tenant(tenant.pk).get().notify_on
