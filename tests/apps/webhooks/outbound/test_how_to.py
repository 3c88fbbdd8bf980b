"""The sample of the how-to does what it says with what we really send."""

import re
from pathlib import Path
from typing import Any

from apps.jobs.pump import Pump
from apps.tenants.models import Tenant
from tests.hooks import happen, make_endpoint
from tests.receivers import Receiver

PAGE = Path(__file__).parents[4] / "docs" / "how-to" / "receive-our-webhooks.md"


def sample(secrets: list[str]) -> Any:
    """Return the page's own function, with these secrets."""
    (code,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    names["SECRETS"] = secrets
    return names["receive"]


def test_the_sample_takes_ours_and_nothing_else(acme: Tenant, pump: Pump, receiver: Receiver) -> None:
    _, secret = make_endpoint(acme, receiver.url)
    happen(acme)
    pump.drain()
    (taken,) = receiver.taken
    receive = sample([secret])

    assert receive(taken.headers, taken.body)["type"] == "connection.paused"
    assert receive(taken.headers, taken.body + b" ") is None
    assert receive({**taken.headers, "webhook-timestamp": "1"}, taken.body) is None
    assert sample(["whsec_AAAA"])(taken.headers, taken.body) is None
