"""A tenant and a receiver on this machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from apps.jobs.pump import Pump
from apps.tenants.models import Tenant
from tests.make import make_tenant
from tests.receivers import Receiver, serving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Acme's host product, on a machine where that is allowed."""
    settings.EGRESS_LOOPBACK = True
    with serving(Receiver()) as server:
        yield server


@pytest.fixture
def acme(pump: Pump) -> Tenant:
    """Alice's tenant."""
    return make_tenant()[0]
