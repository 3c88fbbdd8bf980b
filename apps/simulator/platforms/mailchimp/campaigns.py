"""Campaigns: create, content, checklist, send once."""

import secrets
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from apps.simulator.partner import Call
from apps.simulator.platforms.mailchimp.accounts import PLATFORM, check
from apps.simulator.platforms.mailchimp.errors import not_found, refuse

LONGEST_SUBJECT = 150


async def ping(call: Call) -> web.StreamResponse:
    """Say that everything is chimpy."""
    _, refusal = check(call)
    return refusal or web.json_response({"health_status": "Everything's Chimpy!"})


async def root(call: Call) -> web.StreamResponse:
    """Say whose account this is."""
    user, refusal = check(call)
    if refusal:
        return refusal
    facts = {
        "account_id": user["id"],
        "login_id": user["id"],
        "account_name": user["name"],
        "role": user["role"],
    }
    return web.json_response(facts)


async def audience(call: Call) -> web.StreamResponse:
    """Read an audience."""
    user, refusal = check(call)
    if refusal:
        return refusal
    found = call.world.store.get("account", call.request.match_info["list"])
    return (
        web.json_response({"id": found["id"], "name": found["name"]})
        if found and call.world.manages(user["id"], found)
        else not_found()
    )


async def audiences(call: Call) -> web.StreamResponse:
    """List the audiences."""
    user, refusal = check(call)
    if refusal:
        return refusal
    rows = [{"id": one["id"], "name": one["name"]} for one in call.world.managed(PLATFORM, user["id"])]
    return web.json_response({"lists": rows, "total_items": len(rows)})


async def create(call: Call) -> web.StreamResponse:
    """Create a campaign; nothing is sent yet."""
    user, refusal = check(call, sends=True)
    if refusal:
        return refusal
    wanted = call.json if isinstance(call.json, dict) else {}
    settings, audience_id = wanted.get("settings") or {}, (wanted.get("recipients") or {}).get("list_id", "")
    found = call.world.store.get("account", audience_id)
    fields = [
        {"field": f"settings.{name}", "message": "This value should not be blank."}
        for name in ("subject_line", "from_name", "reply_to")
        if not settings.get(name)
    ]
    if not call.world.manages(user["id"], found):
        fields.append({"field": "recipients.list_id", "message": "The list does not exist."})
    if len(str(settings.get("subject_line", ""))) > LONGEST_SUBJECT:
        fields.append({"field": "settings.subject_line", "message": "This value is too long."})
    if wanted.get("type") != "regular" or fields:
        return refuse(
            400, "Invalid Resource", "The resource submitted could not be validated.", fields=fields
        )
    campaign = {
        "id": secrets.token_hex(5),
        "user": user["id"],
        "list": audience_id,
        "settings": settings,
        "status": "save",
        "html": "",
        "at": call.world.now(),
        "sent_at": None,
    }
    call.world.store.put("campaign", campaign["id"], PLATFORM, campaign, owner=user["id"])
    return web.json_response(_shown(call, campaign))


def _shown(call: Call, campaign: dict[str, Any]) -> dict[str, Any]:
    created = datetime.fromtimestamp(campaign["at"], UTC).isoformat()
    sent = campaign["sent_at"]
    processing = call.world.processing.get(PLATFORM, 0.0)
    status = "sent" if sent is not None and call.world.now() - sent >= processing else campaign["status"]
    return {
        "id": campaign["id"],
        "status": status,
        "create_time": created,
        "settings": campaign["settings"],
        "archive_url": f"https://mailchi.mp/{campaign['id']}",
        "recipients": {"list_id": campaign["list"]},
    }


def _mine(call: Call, user: dict[str, Any]) -> dict[str, Any] | None:
    found = call.world.store.get("campaign", call.request.match_info["campaign"])
    return found if found and found["user"] == user["id"] else None


async def content(call: Call) -> web.StreamResponse:
    """Give a campaign its text."""
    user, refusal = check(call, sends=True)
    if refusal:
        return refusal
    campaign = _mine(call, user)
    if campaign is None:
        return not_found()
    if campaign["status"] != "save":
        return refuse(400, "Bad Request", "Cannot set content for a campaign that has been sent.")
    campaign["html"] = str((call.json or {}).get("html", ""))
    call.world.store.put("campaign", campaign["id"], PLATFORM, campaign, owner=user["id"])
    return web.json_response({"html": campaign["html"]})


async def checklist(call: Call) -> web.StreamResponse:
    """Say whether the campaign can be sent."""
    user, refusal = check(call)
    if refusal:
        return refusal
    campaign = _mine(call, user)
    if campaign is None:
        return not_found()
    ready = bool(campaign["html"])
    items = (
        []
        if ready
        else [{"type": "error", "id": 502, "heading": "Design", "details": "Design your campaign."}]
    )
    return web.json_response({"is_ready": ready, "items": items})


async def send(call: Call) -> web.StreamResponse:
    """Send, once; a second time is refused."""
    user, refusal = check(call, sends=True)
    if refusal:
        return refusal
    campaign = _mine(call, user)
    if campaign is None:
        return not_found()
    if campaign["status"] != "save" or not campaign["html"]:
        return refuse(400, "Bad Request", "Your Campaign is not ready to send.")
    at = call.world.now()
    call.world.store.put(
        "campaign",
        campaign["id"],
        PLATFORM,
        {**campaign, "status": "sending", "sent_at": at},
        owner=user["id"],
    )
    call.world.store.publish(
        platform=PLATFORM,
        account=campaign["list"],
        operation="send",
        remote_id=campaign["id"],
        text=campaign["settings"]["subject_line"],
        link="",
        at=at,
    )
    return web.Response(status=204)


async def read(call: Call) -> web.StreamResponse:
    """Read a campaign's state."""
    user, refusal = check(call)
    if refusal:
        return refusal
    campaign = _mine(call, user)
    return web.json_response(_shown(call, campaign)) if campaign else not_found()


async def find(call: Call) -> web.StreamResponse:
    """List campaigns, newest first."""
    user, refusal = check(call)
    if refusal:
        return refusal
    shown = call.world.now() - call.world.lag(PLATFORM, call.request.query.get("list_id", ""))
    rows = [
        one
        for one in call.world.store.all("campaign", PLATFORM, owner=user["id"])
        if one["at"] <= shown and one["list"] == call.request.query.get("list_id", one["list"])
    ]
    found = [
        _shown(call, one)
        for one in sorted(rows, key=lambda one: -one["at"])[: int(call.request.query.get("count", "10"))]
    ]
    return web.json_response({"campaigns": found, "total_items": len(rows)})


async def delete(call: Call) -> web.StreamResponse:
    """Delete a campaign; what is sent stays sent."""
    user, refusal = check(call, sends=True)
    if refusal:
        return refusal
    campaign = _mine(call, user)
    if campaign is None:
        return not_found()
    call.world.store.remove("campaign", campaign["id"])
    return web.Response(status=204)
