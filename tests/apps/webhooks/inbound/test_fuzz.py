"""Whatever anybody posts: an answer from a short list, and nothing stored that was not proved."""

import json
import time
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.webhooks.inbound.choices import Ending
from apps.webhooks.inbound.mailchimp.receiver import token_for
from apps.webhooks.inbound.reader import read_new
from apps.webhooks.inbound.registry import RECEIVERS
from apps.webhooks.models import Erasure, IncomingEvent, Intake, Seen
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import post
from tests.partner_posts import Google, Sent
from tests.whole import WHOLE

pytestmark = pytest.mark.django_db
ANSWERS = {200, 202, 400, 401, 413, 503}
SMALL = settings(
    max_examples=60 if WHOLE else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADERS = ("X-Hub-Signature-256", "X-LI-Signature", "TikTok-Signature", "Authorization", "Content-Type")
header = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)
names = st.from_regex(r"[A-Za-z][A-Za-z-]{0,20}", fullmatch=True)
seals = st.one_of(
    header,
    st.sampled_from(
        ["sha256=", "t=1,s=" + "0" * 64, "Bearer a.b.c", "Bearer ..", "hmacsha256=", "Bearer e30.e30.e30"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
# What the partners' own words are put together to: the names are right, what stands behind them is anything.
NAMES = [
    "object",
    "entry",
    "id",
    "time",
    "changes",
    "field",
    "value",
    "verb",
    "notifications",
    "notificationId",
    "type",
    "organizationalEntity",
    "event",
    "create_time",
    "user_openid",
    "content",
    "reason",
    "publish_id",
    "user_id",
    "algorithm",
    "issued_at",
    "message",
    "data",
    "messageId",
    "publishTime",
    "subject",
    "sub",
    "events",
    "notificationType",
    "location",
]
said = st.dictionaries(
    st.sampled_from(NAMES), JSON | st.dictionaries(st.sampled_from(NAMES), JSON), max_size=8
)


def sealed_bodies(raw: bytes) -> list[Sent]:
    """The same bytes as three partners would seal them."""
    stamp = round(time.time())
    linkedin = posts._hmac("client_secret_example", b"hmacsha256=" + raw).hexdigest()
    tiktok = posts._hmac("tiktok_secret_example", f"{stamp}.".encode() + raw).hexdigest()
    return [
        posts.meta(raw),
        Sent("linkedin", raw, {"X-LI-Signature": linkedin}),
        Sent("tiktok", raw, {"TikTok-Signature": f"t={stamp},s={tiktok}"}),
    ]


@pytest.mark.parametrize("receiver", sorted(RECEIVERS))
@SMALL
@given(
    body=st.binary(max_size=200) | JSON.map(lambda one: json.dumps(one).encode()),
    headers=st.dictionaries(st.sampled_from(HEADERS) | names, seals, max_size=4),
    rest=st.sampled_from(["", "/", "/x", "/%00", "/" + "A" * 54]),
    query=st.dictionaries(st.sampled_from(["hub.challenge", "challengeCode", "hub.verify_token"]), st.text()),
)
def test_anything_at_all(
    receiver: str, body: bytes, headers: dict[str, str], rest: str, query: Any, known: None, client: Client
) -> None:
    path = f"/api/webhooks/{receiver}{rest}"
    kind = headers.pop("Content-Type", "application/json")

    answers = [
        client.post(path, body, content_type=kind, headers=headers),
        client.get(path, query, headers=headers),
    ]

    nobodys = {404} if rest.strip("/") and receiver != "mailchimp" else set()
    assert {answer.status_code for answer in answers} <= ANSWERS | nobodys
    assert not any(model.objects.exists() for model in (Intake, IncomingEvent, Seen, Erasure))


@SMALL
@given(body=said | JSON, noise=st.binary(max_size=200))
def test_anything_that_is_signed(
    body: Any, noise: bytes, google: Google, known: None, client: Client
) -> None:
    from uuid import uuid4

    raw = json.dumps(body).encode()
    claims = body if isinstance(body, dict) else {}
    fields = {f"data[{name}]": str(one) for name, one in claims.items()}
    sent = [
        *(sealed for text in (raw, noise) for sealed in sealed_bodies(text)),
        posts.tiktok("authorization.removed", "c", **{f"x{name}": one for name, one in claims.items()}),
        google.pubsub(claims, name=str(uuid4())),
        google.risc("tokens-revoked", "7", name=str(uuid4()), events=claims),
        posts.signed_request("deauthorize", "7", **{n: v for n, v in claims.items() if n != "algorithm"}),
        posts.mailchimp(token_for(uuid4(), "mailchimp_secret_example"), **fields),
    ]

    answers = {post(client, one).status_code for one in sent}
    read_new()

    assert answers <= ANSWERS
    assert not Intake.objects.filter(state="new").exists()
    assert not Intake.objects.filter(trouble__contains="while it was read").exists()
    assert not IncomingEvent.objects.filter(ending=Ending.FAILED).exists()
