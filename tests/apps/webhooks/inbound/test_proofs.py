"""Only what a partner has proved to be its own gets in: its pages' own vectors, and each with one bit flipped."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt
import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from apps.core import clock
from apps.webhooks.inbound import keys
from apps.webhooks.inbound.mailchimp.receiver import token_for
from apps.webhooks.models import Intake, Refusal
from tests import partner_posts as posts
from tests.apps.webhooks.inbound.conftest import Deliver
from tests.partner_posts import FORM, Google, Sent

pytestmark = pytest.mark.django_db

PAGE = b'{"object":"page","entry":[{"id":"1234567890321","time":1454707020,"changes":[{"field":"feed","value":{"item":"post","verb":"add"}}]}]}'
PAGE_SEAL = "sha256=f96e0d386a52a186c672882527bb6ce9eb8c0a7124702dc5bcaca16bdb893f4a"
# restfb's, in the secret `secret`: padded standard base64, and a token of old times beside the person.
OLDER = (
    "uLQw26KrDdDhZA+Cbvhjm1Y5SB1LiUej9tAXWWXhb9s=.ewogICAib2F1dGhfdG9rZW4iOiAie3VzZXItYWNjZXNzLXRva2VufSIsCiAgICJhbGdv"
    "cml0aG0iOiAiSE1BQy1TSEEyNTYiLAogICAiZXhwaXJlcyI6IDEyOTE4NDA0MDAsCiAgICJpc3N1ZWRfYXQiOiAxMjkxODM2ODAwLAogICAidXNl"
    "cl9pZCI6ICIyMTg0NzEiCn0="
)
REQUEST = "3EwDjgRFtcHnZm-zL_fn18y5KdaYuCdloIuGS0yViTg.eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N1ZWRfYXQiOjEyOTE4MzY4MDB9"
SOCIAL = b'{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[]}'
SOCIAL_SEAL = "7428e6eb426cd50910d8b446dbe063493a4475c272ff298a42bbd49d4e903cba"
BODY_ONLY_SEAL = "3eabb57e561c901d4f1a26789ba8e9041a711c9b1e83c8a63de1415c3c627a8b"
CHALLENGE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
RESPONSE = "38b9b0a0f75e4b443c844cb189c33adbdef5901b895def490aaefe78e9ec2f6b"

META = Sent("meta", PAGE, {"X-Hub-Signature-256": PAGE_SEAL})
LINKEDIN = Sent("linkedin", SOCIAL, {"X-LI-Signature": SOCIAL_SEAL})


def requested(text: str) -> Sent:
    """A signed request on its way, as forms are written."""
    return Sent("meta/deauthorize", urlencode({"signed_request": text}).encode(), kind=FORM)


REQUESTED = requested(REQUEST)
VECTORS = {
    "meta": META,
    "signed request": REQUESTED,
    "restfb's signed request": requested(OLDER),
    "linkedin": LINKEDIN,
}


def flips(text: str) -> Iterator[str]:
    """Flip each bit of a text that stays one byte a letter."""
    for place, letter in enumerate(text):
        for bit in range(7):
            other = chr(ord(letter) ^ 1 << bit)
            if other >= " " and other != "\x7f":
                yield text[:place] + other + text[place + 1 :]


def bodies(right: Sent, *, step: int = 1) -> Iterator[Sent]:
    """Flip each bit of every so many bytes of a body."""
    for place in range(0, len(right.body), step):
        for bit in range(8):
            wrong = bytes([right.body[place] ^ 1 << bit])
            yield replace(right, body=right.body[:place] + wrong + right.body[place + 1 :])


def seals(right: Sent, *, step: int = 3) -> Iterator[Sent]:
    """Flip every so many bits of the one header that proves it."""
    ((header, seal),) = right.headers.items()
    return (replace(right, headers={header: wrong}) for wrong in list(flips(seal))[::step])


def rows() -> dict[str, str]:
    """Read every table, without the counter of refusals."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model is not Refusal:
                table = connection.ops.quote_name(model._meta.db_table)
                cursor.execute(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t")  # noqa: S608 - our own names
                found[model._meta.label] = cursor.fetchone()[0]
    return found


@pytest.fixture
def both(settings: Any) -> None:
    """The secret of restfb's vector beside that of ours."""
    secrets = {**settings.PARTNER_CREDENTIALS, "META_CLIENT_SECRET": "app_secret_example, secret"}
    settings.PARTNER_CREDENTIALS = secrets


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_the_partners_pages_are_taken(name: str, deliver: Deliver, both: None) -> None:
    answer = deliver(VECTORS[name])

    assert answer.status_code == 200
    assert bytes(Intake.objects.get().body) == VECTORS[name].body


@pytest.mark.parametrize("name", ["meta", "linkedin"])
def test_one_flipped_bit_of_the_body_or_its_seal_changes_nothing_but_the_counter(
    name: str, deliver: Deliver
) -> None:
    wrong = [*bodies(VECTORS[name], step=5), *seals(VECTORS[name])]
    before = rows()

    answers = {deliver(sent).status_code for sent in wrong}

    assert answers == {401}
    assert rows() == before
    assert sum(Refusal.objects.values_list("count", flat=True)) == len(wrong)


@pytest.mark.parametrize(("text", "step"), [(REQUEST, 2), (OLDER, 3)])
def test_one_flipped_bit_of_a_signed_request_changes_nothing_but_the_counter(
    text: str, step: int, deliver: Deliver, both: None
) -> None:
    wrong = list(flips(text))[::step]
    before = rows()

    answers = {deliver(requested(one)).status_code for one in wrong}

    assert answers == {401}
    assert rows() == before


def test_a_signed_request_of_another_algorithm_is_refused(deliver: Deliver) -> None:
    answer = deliver(posts.deauthorize("218471", algorithm="none"))

    assert answer.status_code == 401
    assert Refusal.objects.get().why == "algorithm"


def test_linkedins_signature_of_the_body_alone_is_refused_and_counted_apart(deliver: Deliver) -> None:
    answer = deliver(replace(LINKEDIN, headers={"X-LI-Signature": BODY_ONLY_SEAL}))

    assert answer.status_code == 401
    assert Refusal.objects.get().why == "signature_of_body_only"


def test_linkedins_challenge_is_signed(known: None, client: Client) -> None:
    answer = client.get("/api/webhooks/linkedin", {"challengeCode": CHALLENGE, "applicationId": "1"})

    assert answer.json() == {"challengeCode": CHALLENGE, "challengeResponse": RESPONSE}


@pytest.mark.parametrize(
    "challenge", ["", "hmacsha256={}", f"{CHALLENGE}\n", f" {CHALLENGE}", CHALLENGE[:-1], f"{CHALLENGE}0"]
)
def test_what_is_no_uuid_is_not_signed(challenge: str, known: None, client: Client) -> None:
    answer = client.get("/api/webhooks/linkedin", {"challengeCode": challenge})

    assert answer.status_code == 401
    assert b"challengeResponse" not in answer.content


def test_meta_gets_its_challenge_back_as_plain_text(known: None, client: Client) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "our-word", "hub.challenge": "1158201444"}

    answer = client.get("/api/webhooks/meta", query)
    refused = client.get("/api/webhooks/meta", {**query, "hub.verify_token": "their-word"})

    assert (answer.content, answer["Content-Type"]) == (b"1158201444", "text/plain; charset=utf-8")
    assert refused.status_code == 401


def test_while_a_secret_is_replaced_both_count(settings: Any, deliver: Deliver) -> None:
    both = "the-new-one, app_secret_example"
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, "META_CLIENT_SECRET": both}

    old = deliver(META)
    new = deliver(posts.meta(posts.change("feed", account="1"), secret="the-new-one"))
    instagram = deliver(posts.meta(posts.change("feed", account="2"), secret="instagram_secret_example"))

    assert [old.status_code, new.status_code, instagram.status_code] == [200, 200, 200]
    assert list(Intake.objects.order_by("id").values_list("signer", flat=True)) == [
        "META",
        "META",
        "INSTAGRAM",
    ]


def test_without_a_secret_nothing_is_believed(settings: Any, deliver: Deliver) -> None:
    without = dict.fromkeys(posts.SECRETS, "")
    settings.PARTNER_CREDENTIALS = {**settings.PARTNER_CREDENTIALS, **without}

    empty = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    keyless = Sent("meta", b"{}", {"X-Hub-Signature-256": f"sha256={empty}"})

    answers = [deliver(sent) for sent in (META, keyless, REQUESTED, LINKEDIN)]

    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), 200),
        (timedelta(minutes=10), 200),
        (timedelta(hours=71), 200),
        (timedelta(hours=73), 401),
        (timedelta(minutes=-10), 401),
    ],
)
def test_tiktok_is_believed_for_as_long_as_it_tries(age: timedelta, status: int, deliver: Deliver) -> None:
    signed_at = (clock.now() - age).timestamp()

    answer = deliver(posts.tiktok("post.publish.complete", "c", signed_at=signed_at, publish_id="p"))

    assert answer.status_code == status


def test_one_flipped_bit_at_tiktok_changes_nothing(deliver: Deliver) -> None:
    right = posts.tiktok("authorization.removed", "creator", reason=1)
    before = rows()

    answers = {deliver(sent).status_code for sent in [*bodies(right, step=7), *seals(right, step=4)]}

    assert answers == {401}
    assert rows() == before


def test_google_is_believed_with_a_key_that_was_fetched(google: Google, deliver: Deliver) -> None:
    pushed = deliver(google.pubsub({"notificationType": "NEW_REVIEW"}))
    told = deliver(google.risc("sessions-revoked", "7375"))

    assert (pushed.status_code, told.status_code) == (200, 202)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://somebody.else"},
        {"email": "push@another-project.iam.example"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iss": "https://accounts.google.com.evil.example"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"envelope": {"subscription": "projects/p/subscriptions/other"}},
    ],
    ids=str,
)
def test_a_token_of_googles_that_is_not_of_our_robot_for_us_is_refused(
    claims: dict[str, Any], google: Google, deliver: Deliver
) -> None:
    answer = deliver(google.pubsub({"notificationType": "NEW_REVIEW"}, **claims))

    assert answer.status_code == 401
    assert not Intake.objects.exists()


@pytest.mark.parametrize("claims", [{"iss": "https://accounts.google.com"}, {"aud": ["another"]}, {"aud": 7}])
def test_a_security_event_that_is_not_for_us_is_refused(
    claims: dict[str, Any], google: Google, deliver: Deliver
) -> None:
    answer = deliver(google.risc("tokens-revoked", "7375", **claims))

    assert answer.status_code == 400
    assert not Intake.objects.exists()


def test_one_flipped_bit_of_googles_tokens_changes_nothing(google: Google, deliver: Deliver) -> None:
    """The header is left alone: a key of another name is one that we do not have yet. The last letter has idle bits."""
    told = google.risc("tokens-revoked", "7375").body.decode()
    pushed = google.pubsub({"notificationType": "NEW_REVIEW"})
    bearer = pushed.headers["Authorization"]
    events = [Sent("gbp/risc", text.encode()) for text in _flipped(told)]
    pushes = [replace(pushed, headers={"Authorization": text}) for text in _flipped(bearer)]
    before = rows()

    answers = [{deliver(sent).status_code for sent in wrong} for wrong in (events, pushes)]

    assert answers == [{400}, {401}]
    assert rows() == before


def _flipped(token: str) -> list[str]:
    header, _, rest = token.partition(".")
    last = [rest[:-1] + letter for letter in flips(rest[-1])]
    return [f"{header}.{text}" for text in [*list(flips(rest))[::9], *last]]


def test_a_key_that_we_do_not_have_yet_lets_google_try_again(google: Google, deliver: Deliver) -> None:
    newer = Google("key-2")

    early = [deliver(newer.pubsub({})), deliver(newer.risc("tokens-revoked", "7375"))]
    keys.SigningKeys.objects.update(keys=[google.published, newer.published])
    keys.forget()
    late = [deliver(newer.pubsub({})), deliver(newer.risc("tokens-revoked", "7375"))]

    assert [answer.status_code for answer in early] == [503, 503]
    assert [answer.status_code for answer in late] == [200, 202]


def test_a_token_that_names_our_key_and_another_algorithm_is_refused(deliver: Deliver) -> None:
    forged = jwt.encode({"iss": posts.RISC_ISSUER}, "x" * 32, algorithm="HS256", headers={"kid": "key-1"})

    answer = deliver(Sent("gbp/risc", forged.encode()))

    assert (answer.status_code, Refusal.objects.get().why) == (400, "algorithm")


def test_mailchimp_asks_without_a_token_and_tells_only_with_one(
    known: None, client: Client, deliver: Deliver
) -> None:
    right = token_for(uuid4(), "mailchimp_secret_example")
    told = deliver(posts.mailchimp(right, type="subscribe"))
    before = rows()

    asked = [client.get("/api/webhooks/mailchimp"), client.get("/api/webhooks/mailchimp/anything")]
    forged = [
        deliver(posts.mailchimp(wrong, type="subscribe"))
        for wrong in (
            "",
            "x",
            right[:-1],
            right + "A",
            token_for(uuid4(), "another"),
            *list(flips(right))[::20],
        )
        if not set(wrong) & set("?#%/")
    ]

    assert {answer.status_code for answer in asked} == {200}
    assert told.status_code == 200
    assert {answer.status_code for answer in forged} == {401}
    assert rows() == before
