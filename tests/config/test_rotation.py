"""A key is exchanged: what it encrypted is encrypted anew, and then it can go."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.connections.models import Credential
from apps.core import clock
from apps.core.crypto import CannotDecrypt, KeyRing
from apps.notifications.actions.channels import add_room
from apps.notifications.models import Channel
from apps.webhooks.models import Endpoint
from apps.webhooks.outbound.actions import keep
from config import rotation
from tests.make import make_connection, make_tenant

pytestmark = pytest.mark.django_db
APPS = Path(__file__).parents[2] / "apps"
OLD = "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEW = "new:" + "QUJD" * 10 + "QUI="
ROOM = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
SEEDED = {
    "access_token": "person",
    "account_token": "page",
    "refresh_token": "renews",
    "expires_in": 3600,
    "scopes": [],
    "user_id": "u1",
    "account_id": "a1",
    "details": {},
}


def make_secrets() -> None:
    """Keep one secret of each lasting sort, and two of an endpoint whose secret is being exchanged."""
    tenant, _ = make_tenant()
    said, at = {"tenant": tenant.pk, "actor": "user:alice"}, clock.now()
    make_connection(tenant, SEEDED)
    add_room(address=ROOM, at=at, **said)
    made = keep.create({"url": "https://shop.example.com/", "event_types": ["*"]}, at=at, **said)
    keep.rotate(made.endpoint.pk, at=at, **said)


def clear() -> list[Any]:
    """Read every secret."""
    tokens = [(one.access_token(), one.refresh_token()) for one in Credential.objects.order_by("pk")]
    endpoint = Endpoint.objects.across_tenants().get()
    rooms = [one.address() for one in Channel.objects.across_tenants().filter(person=None)]
    return [*tokens, endpoint.live_secrets(clock.now()), rooms]


def test_once_all_is_encrypted_anew_the_old_key_can_go(settings: Any) -> None:
    make_secrets()
    before = clear()

    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_keys", stdout=(said := io.StringIO()))
    settings.ENCRYPTION_KEYS = [NEW]

    assert clear() == before
    assert "can be taken out" in said.getvalue()
    assert rotation.rotate() == rotation.Rotated()


def test_says_when_a_key_is_missing_and_leaves_what_needs_it(settings: Any) -> None:
    make_secrets()
    settings.ENCRYPTION_KEYS = [NEW]

    with pytest.raises(SystemExit):
        call_command("rotate_keys", stdout=io.StringIO(), stderr=(said := io.StringIO()))

    assert "cannot be read" in said.getvalue()
    with pytest.raises(CannotDecrypt):
        clear()
    settings.ENCRYPTION_KEYS = [OLD]
    assert clear()


def test_does_not_let_an_old_key_go_that_a_process_with_old_settings_has_just_used(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secrets()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    encrypt_anew = rotation._anew

    def beside_a_refresh(secret: str, *, context: str) -> str:
        pk, _, word = context.partition(":")
        renewed = KeyRing.parse([OLD]).encrypt("renewed", context=context)
        Credential.objects.filter(pk=pk, **{word: secret}).update(
            **{word: renewed}
        ) if word == "access" else None
        return encrypt_anew(secret, context=context)

    monkeypatch.setattr(rotation, "_anew", beside_a_refresh)
    with pytest.raises(SystemExit):
        call_command("rotate_keys", stdout=(said := io.StringIO()), stderr=(wrong := io.StringIO()))

    assert "can be taken out" not in said.getvalue()
    assert "Restart every process" in wrong.getvalue()
    assert {one.access_token() for one in Credential.objects.all()} == {"renewed"}


def test_no_column_of_secrets_is_forgotten() -> None:
    sources = [text for path in APPS.rglob("*.py") if "crypto.encrypt(" in (text := path.read_text())]

    bound = {word for text in sources for word in re.findall(r'f"\{[\w.]+\}:(\w+)"', text)}

    assert bound == {place.word for place in rotation.places()}
