"""Alice's team with two pages of one sign-in."""

from typing import Any

import pytest
from django.db import transaction

from apps.connections.actions.connect import connect
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import Connection
from apps.core import clock
from apps.jobs.pump import Pump
from apps.tenants.models import Tenant
from tests.make import make_tenant


@pytest.fixture
def acme(pump: Pump, settings: Any) -> Tenant:
    """Alice's team, whose mails are kept where a test can read them."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return make_tenant()[0]


@pytest.fixture
def pages(acme: Tenant) -> list[Connection]:
    """Two Facebook pages of one grant."""
    tokens = TokenSet(
        "token", user_id="ana", expires_in=3600, scopes=("pages_manage_posts", "pages_read_engagement")
    )
    accounts = [
        AccountFacts("page", str(number), name, {}, "")
        for number, name in enumerate(["Harbour Cafe", "Pier Bar"])
    ]
    with transaction.atomic():
        return connect(
            tenant=acme.pk,
            platform="meta",
            tokens=tokens,
            accounts=accounts,
            actor="user:alice",
            at=clock.now(),
        )
