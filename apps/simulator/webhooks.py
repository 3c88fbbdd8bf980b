"""Sends the partners' webhooks: rightly signed, late, doubled, out of order, batched or forged, as control says."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from apps.simulator.partner import World

FORM = "application/x-www-form-urlencoded"
TRIES = 5  # of what a partner sends by itself; each waits twice as long as the one before
FORGERIES = ("secret", "bit", "none")


@dataclass(frozen=True)
class Letter:
    """One POST, ready to go. Where its seal stands differs: in a header, or in the body itself."""

    path: str
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


# What a partner's `webhooks` module offers: the letters for some events; `forged` says that the secret is another.
Writer = Callable[[World, Sequence[dict[str, Any]], dict[str, Any]], list[Letter]]


async def order(world: World, writer: Writer, wanted: dict[str, Any]) -> list[int]:
    """Send what control orders, in that order, each as often as it says; return the answers' statuses."""
    letters = writer(world, wanted["events"], wanted)
    if wanted.get("forged") in {"bit", "none"}:
        letters = [_spoilt(letter, wanted["forged"]) for letter in letters]
    letters = [letter for letter in letters for _ in range(int(wanted.get("times", 1)))]
    async with aiohttp.ClientSession() as session:
        return [await _send(world, session, letter) for letter in letters]


def by_itself(world: World, writer: Writer, event: dict[str, Any], *, after: float = 0.0) -> None:
    """Send what happens after so many seconds, beside the request; only where control has said who listens."""
    if world.listener:
        task = asyncio.get_running_loop().create_task(_insist(world, writer, event, after))
        world.sending.add(task)
        task.add_done_callback(world.sending.discard)


async def _insist(world: World, writer: Writer, event: dict[str, Any], after: float) -> None:
    await asyncio.sleep(after)
    async with aiohttp.ClientSession() as session:
        for letter in writer(world, [event], {}):
            for number in range(TRIES):
                if 200 <= await _send(world, session, letter) < 300:
                    break
                await asyncio.sleep(0.5 * 2**number)


async def _send(world: World, session: aiohttp.ClientSession, letter: Letter) -> int:
    """Return the answer's status, 0 when there was none; the list of calls remembers it as well."""
    url, headers = f"{world.listener}/api/webhooks/{letter.path}", dict(letter.headers)
    status = 0
    try:
        async with session.post(
            url, data=letter.body, headers={**headers, "Content-Type": letter.kind}
        ) as answer:
            status = answer.status
    except aiohttp.ClientError:
        pass
    platform = letter.path.partition("/")[0]
    world.store.note_call(
        platform=platform,
        account="",
        operation="webhook",
        method="POST",
        path=letter.path,
        status=status,
        at=world.now(),
    )
    return status


def _spoilt(letter: Letter, how: str) -> Letter:
    """Flip a bit of the body after it was sealed, or leave the seal away."""
    if how == "none":
        return replace(letter, headers={}, body=letter.body if letter.headers else b"")
    middle = len(letter.body) // 2
    return replace(
        letter, body=letter.body[:middle] + bytes([letter.body[middle] ^ 1]) + letter.body[middle + 1 :]
    )
