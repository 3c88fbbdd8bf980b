"""Writing a post: the page, what its accounts say while it is written, its pictures, and sending it once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.connections import queries as connections
from apps.connections.choices import ConnectionStatus
from apps.connections.models import Connection
from apps.core import clock
from apps.errors.codes import ErrorCode
from apps.publishing import media as files
from apps.publishing.actions.send import PostRefused, SentBefore, send
from apps.publishing.models import Media, Post
from apps.publishing.twins import SamePostTwice
from apps.publishing.written import Style
from apps.recovery import queries as recovery
from apps.recovery.reconnect import generate_reconnect_url
from apps.recovery.words import incident_headline, partner_name
from apps.tenants import flags
from apps.tenants.choices import Flag, Role
from apps.tenants.models import Membership, Tenant
from apps.web import draft as drafts
from apps.web.access import for_members, person
from apps.web.draft import OPTIONS, Draft, TimeWrong
from apps.web.objections import Said, look

MOST_FILES = 35  # in one post, at the partner that takes most
STYLES = {Style.POST: "A post", Style.REEL: "A reel", Style.STORY: "A story"}
Trouble = dict[str, str]  # by field, what only the page can know


@for_members(Role.OPERATOR)
def compose(request: HttpRequest, member: Membership) -> HttpResponseBase:
    """Show the form, with what was kept; take it on POST, whichever of its buttons was pressed."""
    if request.method == "POST":
        return _take(request, member)
    if "anew" in request.GET:
        drafts.forget(request)
    kept = drafts.kept_of(request, member.tenant)
    return _page(request, member, kept or Draft(), kept=kept is not None)


@require_POST
@for_members(Role.OPERATOR)
def check(request: HttpRequest, member: Membership) -> HttpResponse:
    """Return what the accounts say to the form as it is now; changes nothing."""
    said = _said(member, Draft.read(request.POST), unfinished=True)
    context = {"said": said, "options": _options(said), "by_themselves": _by_themselves(member)}
    return render(request, "web/compose_said.html", context)


@require_POST
@for_members(Role.OPERATOR)
def change_media(request: HttpRequest, member: Membership) -> HttpResponse:
    """Take pictures in or out while the rest is being written; the page then asks its accounts again."""
    draft, trouble = _with_files(request, member)
    context = {"tenant": member.tenant, "media": _media(draft, member.tenant), "trouble": trouble}
    answer = render(request, "web/compose_media.html", context)
    answer["HX-Trigger-After-Settle"] = "checked"
    return answer


def _take(request: HttpRequest, member: Membership) -> HttpResponseBase:
    draft, trouble = _with_files(request, member)
    for pressed, scope_fix in (("reconnect", False), ("allow", True)):
        if wanted := request.POST.get(pressed):
            return _away(request, member, draft, wanted, scope_fix=scope_fix)
    if not {"add", "remove", "look"}.isdisjoint(request.POST):
        return _page(request, member, draft, trouble=trouble)
    return _send(request, member, draft, trouble)


def _send(request: HttpRequest, member: Membership, draft: Draft, trouble: Trouble) -> HttpResponseBase:
    at, due_at = clock.now(), None
    try:
        due_at = draft.due(member.tenant, at)
    except TimeWrong as wrong:
        trouble["at"] = wrong.detail
    chosen = [one for one in _open_ones(member) if one.pk in draft.accounts]
    if not chosen:
        trouble["account"] = "Tick at least one account."
    if trouble:
        return _page(request, member, draft, trouble=trouble, status=422)
    try:
        post, new = send(
            post_id=draft.key,
            written=draft.written,
            connections=chosen,
            tenant=member.tenant_id,
            author=person(request),
            at=at,
            due_at=due_at,
            allow_duplicate=request.POST.get("twice") == "on",
        )
    except PostRefused as refused:
        return _page(request, member, draft, twins=_twins(refused, chosen), status=422)
    except SentBefore as before:
        return _page(request, member, draft.anew(), before=before.post, status=409)
    except Post.DoesNotExist:  # a made-up id that is somebody else's
        raise Http404 from None
    drafts.forget(request)
    messages.success(
        request, _thanks(len(chosen), planned=due_at is not None) if new else "It was sent once."
    )
    return redirect("post", slug=member.tenant.slug, post_id=post.pk)


def _thanks(accounts: int, *, planned: bool) -> str:
    where = "1 account" if accounts == 1 else f"{accounts} accounts"
    return f"Planned for {where}." if planned else f"On its way to {where}."


def _twins(refused: PostRefused, chosen: Sequence[Connection]) -> list[str]:
    """Return the accounts that have this very post already."""
    return [one.name for one in chosen if isinstance(refused.why.get(one.pk), SamePostTwice)]


def _away(
    request: HttpRequest, member: Membership, draft: Draft, wanted: str, *, scope_fix: bool
) -> HttpResponseBase:
    """Keep the post and lead to the reconnect."""
    connection = next((one for one in _mine(member) if str(one.pk) == wanted), None)
    if connection is None:
        raise Http404
    drafts.keep(request, member.tenant, draft)
    return redirect(
        generate_reconnect_url(
            connection, ErrorCode.PERMISSION_INSUFFICIENT if scope_fix else "", scope_fix=scope_fix
        )
    )


def _with_files(request: HttpRequest, member: Membership) -> tuple[Draft, Trouble]:
    """Return the form with what was uploaded, and without what was taken out."""
    draft = Draft.read(request.POST)
    trouble: Trouble = {}
    stored = []
    for file in request.FILES.getlist("files")[: MOST_FILES - len(draft.media)]:
        try:
            stored.append(_store(file, member))
        except files.MediaRefused as refused:
            trouble["media"] = f"{file.name}: {refused.detail}"
    return draft.with_media(more=stored, without=request.POST.get("remove", "")), trouble


def _store(file: "UploadedFile[Any]", member: Membership) -> UUID:
    content = file.read(files.LARGEST + 1)  # one more than it may have is enough to know
    kept = files.store(content, name=file.name or "file", tenant=member.tenant_id, at=clock.now())
    return kept.pk


def _page(
    request: HttpRequest,
    member: Membership,
    draft: Draft,
    *,
    trouble: Mapping[str, str] | None = None,
    twins: Sequence[str] = (),
    before: Post | None = None,
    kept: bool = False,
    status: int = 200,
) -> HttpResponse:
    said = _said(member, draft, unfinished=False)
    context = {
        "tenant": member.tenant,
        "member": member,
        "draft": draft,
        "said": said,
        "options": _options(said, draft),
        "media": _media(draft, member.tenant),
        "styles": [(one, words, draft.style == one) for one, words in STYLES.items()],
        "trouble": trouble or {},
        "twins": twins,
        "before": before,
        "kept": kept,
        "is_refused": status != 200,  # noqa: PLR2004 - HTTP
        "by_themselves": _by_themselves(member),
    }
    return render(request, "web/compose.html", context, status=status)


def _said(member: Membership, draft: Draft, *, unfinished: bool) -> Said:
    rows = _mine(member)
    over = recovery.incidents_over(rows, tenant=member.tenant_id)
    held = {
        one.pk: incident_headline(over[one.pk].family, partner_name(one)) for one in rows if one.pk in over
    }
    return look(draft, rows, held, unfinished=unfinished)


def _by_themselves(member: Membership) -> bool:
    return flags.enabled(member.tenant_id, Flag.RECONNECT_WIZARD)


def _mine(member: Membership) -> list[Connection]:
    return list(connections.connections_of(tenant=member.tenant_id))


def _open_ones(member: Membership) -> list[Connection]:
    return [one for one in _mine(member) if one.status != ConnectionStatus.INACTIVE]


def _options(said: Said, draft: Draft | None = None) -> list[dict[str, Any]]:
    """Return the fields that partners of these accounts have, with their values and what is said to them."""
    partners = {one.connection.platform for one in said.accounts if not one.is_gone}
    return [
        {
            "one": one,
            "value": draft.options.get(one.field, "") if draft else "",
            "why": said.beside.get(one.field, ()),
        }
        for one in OPTIONS
        if one.platform in partners
    ]


def _media(draft: Draft, tenant: Tenant) -> list[dict[str, Any]]:
    rows = Media.objects.for_tenant(tenant.pk).in_bulk(draft.media)
    return [{"row": rows[one], "shown_at": files.shown_at(rows[one])} for one in draft.media if one in rows]
