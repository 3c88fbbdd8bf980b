"""A tenant's person who reconnects through the real pages: sign in, click, allow, come back."""

import re
from urllib.parse import urlencode

from django.utils.text import slugify

from apps.connections.models import Connection
from apps.tenants.models import Tenant
from config.story.browser import Browser
from config.story.progress import demand
from config.story.world import PASSWORD, TENANTS, user_of


def click_reconnect(site: str, connection: Connection) -> None:
    """
    Do what Alice does; the check of what she brings is under way when this returns.

    :raises StoryBroke: when a page does not show what it must.
    """
    browser = Browser()
    slug = Tenant.objects.get(pk=connection.tenant_id).slug
    alice = f"alice@{next(short for name, short in TENANTS if slugify(name) == slug)}.test"
    browser.sign_in(site, alice, PASSWORD)
    page = browser.get(f"{site}/t/{slug}/")
    demand(connection.name in page and "Reconnect" in page, "the banner names the broken connection")
    query = urlencode({"reconnect": "true", "prev_connection": connection.pk, "backfill": "on"})
    consent = browser.get(f"{site}/api/oauth/{connection.platform}/start?{query}")
    ticked = dict.fromkeys(re.findall(r'name="(scope:[^"]+)"', consent), "1")
    browser.post(browser.at, {"user": user_of(connection), "decision": "allow", **ticked})
