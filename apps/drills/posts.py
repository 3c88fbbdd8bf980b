"""What a drill publishes on the stage: plain posts that say of which drill they are."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from PIL import Image

from apps.connections.connectors.registry import connector_for
from apps.connections.lanes import lane_of
from apps.connections.models import Connection
from apps.drills.models import DrillRun
from apps.jobs.actions.enqueue import enqueue
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job
from apps.publishing.actions.publish import new_publish
from apps.publishing.content import Content
from apps.publishing.media import store
from apps.publishing.models import Media
from apps.tenants import queries as tenants

_FORMATS = {"tiktok": "video", "gbp": "update", "mailchimp": "campaign", "instagram": "image"}
_FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(2000)


def text_of(run: DrillRun, connection: Connection, number: int) -> str:
    """Return the text by which the stage's ledger knows a post; no two are the same."""
    return f"Drill {run.key[-12:]} no. {number} on {str(connection.pk)[-12:]}"


def jobs_of(run: DrillRun) -> QuerySet[Job]:
    """Return the posts that the drill has had accepted."""
    return Job.objects.for_tenant(run.tenant_id).filter(connection__in=run.connections, args__drill=run.key)


def accept(run: DrillRun, connection: Connection, number: int, *, at: datetime) -> Job:
    """Accept a post of the drill; the same one is accepted once. Only its stage ever sees it."""
    key = run.post_key(connection.pk, number)
    if first := Job.objects.for_tenant(run.tenant_id).filter(idempotency_key=key).first():
        return first
    new = new_publish(
        connection=connection,
        content=_content(run, connection, number, at),
        lane=lane_of(connection),
        tenant=tenants.tenant(connection.tenant_id),
        due_at=at,
        idempotency_key=key,
        allow_duplicate=False,
    )
    drilled = replace(new, args={**new.args, "drill": run.key}, passes=[HoldReason.DRILL])
    return enqueue(drilled, actor=run.by, at=at)[0]


def _content(run: DrillRun, connection: Connection, number: int, at: datetime) -> Content:
    name = _FORMATS.get(connection.account_type) or _FORMATS.get(connection.platform, "text")
    text, options = text_of(run, connection, number), dict[str, Any]()
    if name == "campaign":
        options = {"subject": text, "from_name": connection.name, "reply_to": "drill@reknit.invalid"}
        text = "A drill."
    media = (_picture(connection, name, at),) if name in {"video", "image"} else ()
    return Content(name, text, "", media, _whole(connection.platform, options))


def _whole(platform: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    connector_for(platform).parse_options(options)  # as strict as with anybody's
    return options


def _picture(connection: Connection, name: str, at: datetime) -> Any:
    if name == "video":
        return store(_FILM, name="drill.mp4", tenant=connection.tenant_id, at=at).pk
    drawn = io.BytesIO()
    Image.new("RGB", (400, 400), (64, 70, 200)).save(drawn, "JPEG")
    return store(drawn.getvalue(), name="drill.jpg", tenant=connection.tenant_id, at=at).pk


def discard_media(run: DrillRun) -> None:
    """Delete the pictures and films of the drill's posts, and their files; nobody else's post has them."""
    contents = jobs_of(run).values_list("args__content__media", flat=True)
    mine = {one for held in contents for one in held or ()}
    Media.objects.for_tenant(run.tenant_id).filter(pk__in=mine).delete()
