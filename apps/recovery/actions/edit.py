"""Replay a dead post with another content, checked like a new one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.connections.models import Connection
from apps.core.problems import Problem
from apps.jobs.actions.replay import Edit, replay
from apps.jobs.models import DeadLetter, Job
from apps.publishing import content as contents
from apps.publishing import media
from apps.publishing.jobs import Publish


class NotEditable(Problem):
    """Only posts have a content that a person can change."""

    code = "dead_letter_not_editable"
    status = 409
    title = "This cannot be edited"


@transaction.atomic
def edit_and_replay(letter_id: UUID, raw: object, *, tenant: UUID, actor: str, at: datetime) -> Job:
    """
    Replay the letter with this content; both contents are kept with it.

    :raises NotEditable: when it is no post of a connection.
    :raises ContentRefused: when the connection cannot publish it like this.
    :raises MayBeOut: when the first text may be out.
    :raises AlreadyResolved: when somebody was first.
    """
    edit = check(letter_id, raw, tenant=tenant)
    media.use((UUID(one) for one in edit.args["content"]["media"]), tenant=tenant)
    return replay(letter_id, tenant=tenant, actor=actor, at=at, edit=edit)


def check(letter_id: UUID, raw: object, *, tenant: UUID) -> Edit:
    """Return the edit that a content means. Raises NotEditable and ContentRefused like the action."""
    letter = DeadLetter.objects.for_tenant(tenant).get(pk=letter_id)
    mine = Connection.objects.for_tenant(tenant)
    connection = mine.filter(pk=letter.connection).first() if letter.connection else None
    if letter.kind != Publish.name or connection is None:
        raise NotEditable(detail="Only a post of a connection that is still there has a content to change.")
    content = contents.check(raw, connection=connection)
    args = {
        "platform": connection.platform,
        "account_type": connection.account_type,
        "content": content.to_args(),
    }
    return Edit(args, content.fingerprint())
