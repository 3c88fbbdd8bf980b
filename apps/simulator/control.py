"""The control listener: accounts, faults, clocks, and what was really published."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from aiohttp import web

from apps.simulator import page, webhooks
from apps.simulator.partner import World


class Partner(Protocol):
    """What a partner's `routes` module offers."""

    PLATFORM: str
    HOSTS: tuple[str, ...]
    CREDENTIALS: dict[str, str]
    create_account: Callable[[World, dict[str, Any]], dict[str, Any]]
    create_person: Callable[[World, dict[str, Any]], str]
    removed_event: Callable[[str], dict[str, Any] | None]
    write_webhooks: webhooks.Writer
    routes: Callable[[World, str], list[web.RouteDef]]
    address: Callable[[str, str], str]


def routes(world: World, partners: Sequence[Any]) -> list[web.RouteDef]:
    """Return the control API and the page."""
    by_word = {partner.PLATFORM: partner for partner in partners}

    async def create_account(request: web.Request) -> web.Response:
        wanted = await request.json()
        return web.json_response(by_word[wanted["platform"]].create_account(world, wanted))

    async def create_person(request: web.Request) -> web.Response:
        """A person who can sign in, and manages some of the accounts that are there."""
        wanted = await request.json()
        person = by_word[wanted["platform"]].create_person(world, wanted)
        for account in wanted.get("manages", []):
            world.let_manage(wanted["platform"], person, account)
        return web.json_response({"user_id": person})

    async def withhold(request: web.Request) -> web.Response:
        wanted = await request.json()
        world.withheld[wanted["platform"]] = list(wanted["scopes"])
        return web.json_response({})

    async def order_faults(request: web.Request) -> web.Response:
        wanted = await request.json()
        try:
            orders = [world.faults.order(one) for one in (wanted if isinstance(wanted, list) else [wanted])]
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=422)
        return web.json_response({"ids": [order.id for order in orders]})

    async def list_faults(_request: web.Request) -> web.Response:
        return web.json_response(world.faults.list())

    async def clear_faults(request: web.Request) -> web.Response:
        """Take back every order, or those of one label."""
        world.faults.clear(request.query.get("label", ""))
        return web.json_response({})

    async def end_tokens(request: web.Request) -> web.Response:
        wanted = await request.json()
        ended = _end_tokens(world, wanted)
        removed = by_word[wanted["platform"]].removed_event(wanted["user_id"])
        if ended and removed and wanted.get("mode", "revoked") in _REMOVED:
            webhooks.by_itself(world, by_word[wanted["platform"]].write_webhooks, removed)
        return web.json_response({"ended": ended})

    async def end_these(request: web.Request) -> web.Response:
        """End exactly these tokens, whoever's they are."""
        wanted = await request.json()
        ended = _change_tokens(world, wanted["tokens"], state=wanted.get("mode", "expired"))
        return web.json_response({"ended": ended})

    async def take_scopes(request: web.Request) -> web.Response:
        """Let these tokens do less. Where a partner knows no scopes, their people can only look on."""
        wanted = await request.json()
        changed = _change_tokens(world, wanted["tokens"], without=frozenset(wanted.get("scopes", [])))
        for user in {token["user"] for one in wanted["tokens"] if (token := world.store.get("token", one))}:
            person = world.store.get("user", user) or {}
            if "role" in person:
                world.store.put("user", user, wanted["platform"], {**person, "role": "viewer"})
        return web.json_response({"changed": changed})

    async def credentials(_request: web.Request) -> web.Response:
        """Who our app is to these partners; the simulator prints it as well."""
        return web.json_response(world.credentials)

    async def set_urls(request: web.Request) -> web.Response:
        """By which addresses our app knows the partners' hosts: they name them in their answers."""
        world.urls.update(await request.json())
        return web.json_response({})

    async def set_listener(request: web.Request) -> web.Response:
        """Whose webhooks the partners call; nobody's when it is empty."""
        world.listener = str((await request.json())["url"]).rstrip("/")
        return web.json_response({})

    async def send_webhooks(request: web.Request) -> web.Response:
        """Send events: batched, so many `times`, `forged` (secret, bit or none), sealed `late_s` ago, each `at` its time."""
        wanted = await request.json()
        if wanted.get("forged", "secret") not in webhooks.FORGERIES:
            return web.json_response({"error": "forged is secret, bit or none"}, status=422)
        writer = by_word[wanted["platform"]].write_webhooks
        return web.json_response({"statuses": await webhooks.order(world, writer, wanted)})

    async def set_token_answers(request: web.Request) -> web.Response:
        wanted = await request.json()
        world.untold[wanted["platform"]] = list(wanted.get("leave_out", []))
        if "lifetime" in wanted:
            world.lifetimes[wanted["platform"]] = float(wanted["lifetime"])
        return web.json_response({})

    async def set_lag(request: web.Request) -> web.Response:
        wanted = await request.json()
        world.lags[(wanted["platform"], wanted.get("account", ""))] = float(wanted["seconds"])
        return web.json_response({})

    async def set_processing(request: web.Request) -> web.Response:
        wanted = await request.json()
        world.processing[wanted["platform"]] = float(wanted["seconds"])
        return web.json_response({})

    async def move_clock(request: web.Request) -> web.Response:
        world.shift += float((await request.json())["advance_s"])
        return web.json_response({})

    async def ledger(request: web.Request) -> web.Response:
        return web.json_response(
            world.store.ledger(request.query.get("platform", ""), request.query.get("account", ""))
        )

    async def calls(request: web.Request) -> web.Response:
        wanted = {
            name: request.query[name]
            for name in ("platform", "account", "operation")
            if name in request.query
        }
        rows = world.store.calls(**wanted)
        return web.json_response({"count": len(rows), "rows": rows[-1000:]})

    async def reset(request: web.Request) -> web.Response:
        wanted = await request.json() if request.can_read_body else {}
        world.store.reset()
        world.faults.seed(int(wanted.get("seed", 0)))
        world.faults.clear()
        world.lags.clear()
        world.processing.clear()
        world.untold.clear()
        world.lifetimes.clear()
        world.withheld.clear()
        world.listener = ""
        world.shift = 0
        return web.json_response({})

    table: list[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = [
        ("POST", "/control/accounts", create_account),
        ("POST", "/control/people", create_person),
        ("POST", "/control/withhold", withhold),
        ("POST", "/control/faults", order_faults),
        ("GET", "/control/faults", list_faults),
        ("DELETE", "/control/faults", clear_faults),
        ("POST", "/control/tokens/revoke", end_tokens),
        ("POST", "/control/tokens/end", end_these),
        ("POST", "/control/tokens/scopes", take_scopes),
        ("POST", "/control/tokens/answers", set_token_answers),
        ("POST", "/control/urls", set_urls),
        ("GET", "/control/credentials", credentials),
        ("POST", "/control/webhooks", send_webhooks),
        ("POST", "/control/webhooks/listener", set_listener),
        ("POST", "/control/lag", set_lag),
        ("POST", "/control/processing", set_processing),
        ("POST", "/control/clock", move_clock),
        ("GET", "/control/ledger", ledger),
        ("GET", "/control/calls", calls),
        ("POST", "/control/reset", reset),
        ("GET", "/", page.show(world)),
    ]
    return [web.route(method, path, handler) for method, path, handler in table]


_REMOVED = frozenset(
    {"revoked", "app_removed"}
)  # what a person does at the partner, and the partner tells us of


def _end_tokens(world: World, wanted: dict[str, Any]) -> int:
    """End every token of a user, or those of one kind: expired, revoked, app_removed, password_changed, checkpoint."""
    ended = 0
    for token in list(world.store.all("token", wanted["platform"], owner=wanted["user_id"])):
        if token["state"] == "valid" and wanted.get("kind", token["kind"]) == token["kind"]:
            world.store.put(
                "token",
                token["value"],
                wanted["platform"],
                {**token, "state": wanted.get("mode", "revoked")},
                owner=token["user"],
            )
            ended += 1
    return ended


def _change_tokens(
    world: World, values: Sequence[str], *, state: str = "", without: frozenset[str] = frozenset()
) -> int:
    """Change tokens that are known by their values; return how many there are."""
    found = [token for value in values if (token := world.store.get("token", value))]
    for token in found:
        scopes = [scope for scope in token["scopes"] if scope not in without]
        data = {**token, "state": state or token["state"], "scopes": scopes}
        world.store.put("token", token["value"], token.get("platform", ""), data, owner=token["user"])
    return len(found)
