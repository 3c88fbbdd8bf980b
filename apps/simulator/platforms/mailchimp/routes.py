"""Mailchimp's hosts, its paths, and the traps that bite."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from apps.simulator.partner import Handler, Naming, World, handle
from apps.simulator.platforms.mailchimp import accounts, campaigns, login, webhooks

PLATFORM = "mailchimp"
CREDENTIALS = {
    "MAILCHIMP_CLIENT_ID": "665544332211",
    "MAILCHIMP_CLIENT_SECRET": "mailchimp-secret-of-the-simulator",
}
HOSTS = ("MAILCHIMP_LOGIN_URL", "MAILCHIMP_API_URL")
create_account = accounts.create
create_person = accounts.person
write_webhooks = webhooks.write

TRAPS = {
    "wrong_data_centre": "A token works in its own data centre only.",
    "second_send": "A campaign is sent once.",
    "send_without_content": "A campaign without text is not sent.",
    "dead_token_metadata": "A dead token gets status 200 from the metadata call.",
    "role_too_low": "A viewer may not send, though the token lives.",
    "key_at_metadata": "The metadata call is for signed-in apps: an API key means nothing to it.",
    "blank_subject": "A campaign needs a subject.",
    "foreign_audience": "Nobody writes to an audience that is not theirs.",
}


def _named(world: World, operation: str) -> Naming:
    def naming(request: web.Request, _form: Mapping[str, str], data: Any) -> tuple[str, str]:
        recipients = data.get("recipients") if isinstance(data, dict) else None
        campaign = world.store.get("campaign", request.match_info.get("campaign", "")) or {}
        named = (
            request.match_info.get("list", "") or request.query.get("list_id", "") or campaign.get("list", "")
        )
        return str((recipients or {}).get("list_id", "") or named), operation

    return naming


def routes(world: World, host: str) -> list[web.RouteDef]:
    """Return the paths of one of Mailchimp's hosts."""

    def at(method: str, path: str, operation: str, handler: Handler) -> web.RouteDef:
        return web.route(method, path, handle(world, PLATFORM, _named(world, operation), handler))

    if host == "MAILCHIMP_LOGIN_URL":
        return [
            at("*", "/oauth2/authorize", "consent", login.authorize),
            at("POST", "/oauth2/token", "exchange", login.token),
            at("GET", "/oauth2/metadata", "health", login.metadata),
        ]
    return [
        at("GET", "/3.0/", "health", campaigns.root),
        at("GET", "/3.0/ping", "health", campaigns.ping),
        at("GET", "/3.0/lists", "accounts", campaigns.audiences),
        at("GET", "/3.0/lists/{list}", "health", campaigns.audience),
        at("POST", "/3.0/campaigns", "container", campaigns.create),
        at("GET", "/3.0/campaigns", "list", campaigns.find),
        at("PUT", "/3.0/campaigns/{campaign}/content", "content", campaigns.content),
        at("GET", "/3.0/campaigns/{campaign}/send-checklist", "checklist", campaigns.checklist),
        at("POST", "/3.0/campaigns/{campaign}/actions/send", "send", campaigns.send),
        at("GET", "/3.0/campaigns/{campaign}", "poll", campaigns.read),
        at("DELETE", "/3.0/campaigns/{campaign}", "delete", campaigns.delete),
    ]


def address(host: str, url: str) -> str:
    """Return the base URL as the settings know it: the API lives under the account's data centre."""
    return f"http://{{dc}}.localhost:{url.rsplit(':', 1)[1]}" if host == "MAILCHIMP_API_URL" else url


def removed_event(_user: str) -> dict[str, Any] | None:
    """Nothing tells of it here."""
    return None
