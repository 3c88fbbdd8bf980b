"""What every fake partner stands on: its listeners, the fault wrapper, tokens and the simulator's clock."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from apps.simulator.faults import Fault, Faults
from apps.simulator.store import Store

CANARY = "simtok"


@dataclass
class World:
    """Everything the partners share."""

    store: Store
    faults: Faults = field(init=False)
    urls: dict[str, str] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)
    lags: dict[tuple[str, str], float] = field(default_factory=dict)  # (platform, account or ""): seconds
    processing: dict[str, float] = field(default_factory=dict)  # platform: seconds
    untold: dict[str, list[str]] = field(default_factory=dict)  # platform: what its token answers leave out
    lifetimes: dict[str, float] = field(
        default_factory=dict
    )  # platform: seconds of its access tokens from now on
    withheld: dict[str, list[str]] = field(
        default_factory=dict
    )  # platform: scopes that our app may not ask for
    listener: str = ""  # whose webhooks the partners call, when control has said so
    sending: set[asyncio.Task[None]] = field(default_factory=set)
    shift: float = 0.0

    def __post_init__(self) -> None:
        self.faults = Faults(self.now)

    def now(self) -> float:
        """The partners' clock, which control can move."""
        return time.time() + self.shift

    def lag(self, platform: str, account: str) -> float:
        """How late this account's listings show a post."""
        return self.lags.get((platform, account), self.lags.get((platform, ""), 0.0))

    def let_manage(self, platform: str, user: str, account: str) -> None:
        """Let a second person manage an account."""
        self.store.put("manages", f"{user} {account}", platform, {"account": account}, owner=user)

    def manages(self, user: str, account: dict[str, Any] | None) -> bool:
        """Return True when the account is there and this person manages it."""
        if account is None:
            return False
        return account["user"] == user or self.store.get("manages", f"{user} {account['id']}") is not None

    def managed(self, platform: str, user: str) -> list[dict[str, Any]]:
        """Return the accounts that a person manages, the own ones first."""
        shared = [
            self.store.get("account", one["account"])
            for one in self.store.all("manages", platform, owner=user)
        ]
        return [*self.store.all("account", platform, owner=user), *(one for one in shared if one)]

    def token(
        self,
        *,
        prefix: str,
        platform: str,
        kind: str,
        user: str,
        account: str = "",
        scopes: list[str],
        lifetime: float | None,
    ) -> str:
        """Mint a token that looks like the partner's and can be searched for."""
        value = f"{prefix}{CANARY}{secrets.token_hex(12)}"
        self.store.put(
            "token",
            value,
            platform,
            {
                "value": value,
                "kind": kind,
                "user": user,
                "account": account,
                "scopes": scopes,
                "state": "valid",
                "born": self.now(),
                "expires": None if lifetime is None else self.now() + lifetime,
            },
            owner=user,
        )
        return value

    def life(self, platform: str, usual: float) -> float:
        """How long a new access token lives."""
        return self.lifetimes.get(platform, usual)

    def tokens_answer(self, platform: str, facts: Mapping[str, Any]) -> web.Response:
        """Answer with tokens, without what control told us to leave out."""
        left_out = self.untold.get(platform, [])
        return web.json_response({name: value for name, value in facts.items() if name not in left_out})

    def read_token(self, value: str) -> dict[str, Any] | None:
        """Return what a token stands for, with its state as of now."""
        token = self.store.get("token", value)
        if (
            token
            and token["state"] == "valid"
            and token["expires"] is not None
            and token["expires"] <= self.now()
        ):
            token["state"] = "expired"
        return token


@dataclass(frozen=True)
class Call:
    """A request on its way to a handler: who is meant and what is done, known before anything happens."""

    world: World
    request: web.Request
    account: str
    operation: str
    form: Mapping[str, str]
    json: Any
    body: bytes


Handler = Callable[[Call], Awaitable[web.StreamResponse]]
Naming = Callable[[web.Request, Mapping[str, str], Any], tuple[str, str]]  # -> account, operation


def handle(
    world: World, platform: str, naming: Naming, handler: Handler
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wrap a handler: read the body, name the call, let a fault happen around it, and count it."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        form, data = await _parse(request)
        account, operation = naming(request, form, data)
        call = Call(world, request, account, operation, form, data, body)
        fault = world.faults.next(platform, account, operation)
        response = await _through(fault, handler, call)
        world.store.note_call(
            platform=platform,
            account=account,
            operation=operation,
            method=request.method,
            path=request.path,
            status=response.status if response else 0,
            at=world.now(),
        )
        if response is None:
            return _cut(request)
        response.headers["Date"] = formatdate(world.now(), usegmt=True)
        return response

    return wrapped


async def _parse(request: web.Request) -> tuple[Mapping[str, str], Any]:
    if request.content_type == "application/json":
        try:
            return {}, await request.json()
        except ValueError:
            return {}, None
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        posted = await request.post()
        return {name: value for name, value in posted.items() if isinstance(value, str)}, None
    return {}, None


async def _through(fault: Fault | None, handler: Handler, call: Call) -> web.StreamResponse | None:
    """Return the answer, or None when the connection is cut without one."""
    if fault is None:
        return await handler(call)
    if fault.effect == "slow":
        await asyncio.sleep(fault.seconds)
        return await handler(call)
    if fault.effect.startswith("accept_then_"):
        accepted = await handler(call)
        if accepted.status >= 400:
            return accepted
    if fault.effect == "limit" or fault.effect.endswith("answer"):
        return _scripted(fault)
    if fault.effect.endswith("hang"):
        await asyncio.sleep(fault.seconds)
    return None


def _scripted(fault: Fault) -> web.Response:
    if isinstance(fault.body, (dict, list)):
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
    return web.Response(text=str(fault.body or ""), status=fault.status, headers=fault.headers)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def host_of(request: web.Request) -> str:
    """Return the host that was called, also of a call that came by way of the stage."""
    return request.headers.get("X-Forwarded-Host", request.host)


def token_operation(form: Mapping[str, str]) -> str:
    """Return what is asked of a token endpoint: a sign-in's end, or a renewal."""
    return "refresh" if form.get("grant_type") in {"refresh_token", "fb_exchange_token"} else "exchange"


def bearer(request: web.Request) -> str:
    """Return the bearer token of a request, or nothing; Meta's upload host calls the scheme OAuth."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if scheme.lower() in {"bearer", "oauth"} else ""
