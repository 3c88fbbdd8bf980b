"""A house that partners know, and a door to it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.core import clock
from apps.webhooks.inbound import keys, nudge
from apps.webhooks.models import SigningKeys
from tests.partner_posts import RISC_ISSUER, SECRETS, Google, Sent

Deliver = Callable[[Sent], HttpResponse]


@pytest.fixture(scope="session")
def google() -> Google:
    """Google, with the key that it signs with."""
    return Google()


@pytest.fixture
def known(settings: Any, google: Google, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Our secrets at every partner are set, and Google's keys were fetched."""
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, **SECRETS}
    monkeypatch.setattr(nudge, "reader", lambda: None)
    keys.forget()
    for name, issuer in ((keys.CERTS, ""), (keys.RISC, RISC_ISSUER)):
        SigningKeys.objects.create(name=name, issuer=issuer, keys=[google.published], fetched_at=clock.now())


@pytest.fixture
def deliver(known: None, client: Client) -> Deliver:
    """Post something as a partner does."""
    return lambda sent: post(client, sent)


def post(client: Client, sent: Sent) -> Any:
    """Post it with its headers."""
    return client.post(f"/api/webhooks/{sent.path}", sent.body, content_type=sent.kind, headers=sent.headers)
