"""The runbooks beside their subject: the page, how much of it there is right now, and the safe buttons."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from apps.connections import queries as connections
from apps.connections.models import Connection
from apps.console.connections import Button, buttons_for
from apps.console.page import needs, show
from apps.console.ways import letters_url, paused_url, plan_url, runbook_url, way_back
from apps.console.words import known
from apps.errors.messages import PLATFORM_NAMES
from apps.errors.taxonomy import TAXONOMY, TaxonomyEntry
from apps.jobs import queries as jobs

INDEX = "incident-recovery"
FOLDER = Path(settings.ROOT) / "runbooks"
# Raw HTML is shown as text and a link must be a web address or relative: the library's own rule with html off.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Now:
    """Something that this page is about and that is the case right now."""

    count: int
    words: str
    url: str
    act: str = ""
    act_url: str = ""


@needs("errors.view_unclassified")
def show_index(_request: HttpRequest) -> HttpResponseBase:
    """Begin with the page for those who do not know yet what is broken."""
    return redirect(runbook_url(INDEX))


@needs("errors.view_unclassified")
def show_of(_request: HttpRequest, code: str) -> HttpResponseBase:
    """Lead from an error code to its page."""
    if not known(code):
        raise Http404
    return redirect(runbook_url(code))


@needs("errors.view_unclassified")
def show_runbook(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show one page with what it is about."""
    entry = next((one for one in TAXONOMY.values() if one.runbook == name), None)
    if entry is None and name != INDEX:
        raise Http404
    title, body = _page(name)
    context: dict[str, Any] = {
        "body": body,
        "now": _now(entry) if entry else [],
        "entry": entry,
        "connection": None,
        "buttons": [],
        **_subject(request),
    }
    return show(request, "console/runbook.html", title, context)


def _subject(request: HttpRequest) -> dict[str, Any]:
    """Return the connection that somebody came from, with what can be done to it."""
    try:
        pk = UUID(request.GET.get("connection", ""))
    except ValueError:
        return {}
    rows = Connection.objects.across_tenants().select_related("tenant", "grant")
    found = rows.filter(pk=pk).first() if request.user.has_perm("connections.view_connection") else None
    if found is None:
        return {}
    buttons: list[Button] = buttons_for(request.user, found)
    waiting = jobs.waiting_counts_across_tenants([found.pk]).get(found.pk, 0)
    return {"connection": found, "buttons": buttons, "waiting": waiting}


def _now(entry: TaxonomyEntry) -> list[Now]:
    """Return how much of this there is, each with its list and the preview of its way out."""
    code = entry.code.value
    found = [
        Now(
            one.count,
            f"{PLATFORM_NAMES[one.platform]}: stopped connections",
            paused_url(platform=one.platform, code=code),
            *way_back(one),
        )
        for one in connections.stopped_groups_across_tenants()
        if one.reason == code
    ]
    found += [
        Now(
            one.count,
            f"{PLATFORM_NAMES.get(one.platform, one.platform)}: dead letters{f' by rule {one.rule}' if one.rule else ''}",
            letters_url(platform=one.platform, code=code, rule_id=one.rule),
            "Replay...",
            plan_url("replay", platform=one.platform, code=code, rule=one.rule),
        )
        for one in jobs.letter_groups_across_tenants()
        if one.code == code
    ]
    return found


@lru_cache(maxsize=64)
def _page(name: str) -> tuple[str, SafeString]:
    """Return the title and the rest as HTML; the files come with the release and do not change while it runs."""
    tokens = _MARKDOWN.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    title = tokens[1].content if tokens and tokens[0].type == "heading_open" else name
    for place, token in enumerate(tokens):
        _adapt(token, tokens[place + 1] if place + 1 < len(tokens) else None)
    body = _MARKDOWN.renderer.render(tokens[3:], _MARKDOWN.options, {})
    return title.replace("`", ""), mark_safe(body)  # noqa: S308 - rendered with raw HTML off


def _adapt(token: Token, following: Token | None) -> None:
    """Give headings the anchors that links name, tables our look, and links to other pages their address here."""
    if token.type == "heading_open" and following:
        token.attrSet("id", re.sub(r"[^\w\- ]", "", following.content.lower()).replace(" ", "-"))
    if token.type == "heading_open":
        token.attrSet("class", "part")
    if token.type == "table_open":
        token.attrSet("class", "plain")
        token.attrSet("tabindex", "0")  # on a phone it scrolls, also for those who have a keyboard only
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("href", _address(str(child.attrGet("href") or "")))
            child.attrSet("rel", "noreferrer")


def _address(link: str) -> str:
    """Return where a link leads from the console."""
    name, mark, anchor = link.partition("#")
    if name.endswith(".md") and "/" not in name:
        return f"{reverse('admin:runbook', args=[name.removesuffix('.md')])}{mark}{anchor}"
    return link
