"""Looking for an organisation's post that may have gone out; a member's posts are closed to us."""

from datetime import UTC, datetime

from apps.connections.connectors.base import text_id
from apps.connections.connectors.interface import Candidate, Context, Found, MatchedBy, Probe
from apps.connections.connectors.linkedin.answers import read, refused, unescape
from apps.connections.connectors.linkedin.publish import permalink
from apps.connections.connectors.text import normalise

_YEAR_5138 = 1e14  # milliseconds; beyond it datetime has no answer


async def find_published(ctx: Context, probe: Probe) -> Found:
    """List the organisation's posts and match text and time."""
    request = read(
        ctx,
        "posts",
        method="FINDER",
        q="author",
        author=ctx.account.external_id,
        count="100",
        sortBy="CREATED",
    )
    answer = await ctx.wire.send(request)
    rows = answer.value("elements")
    if not answer.ok or not isinstance(rows, list):
        return Found(failure=refused(answer, operation="verify", about="account").failure, answer=answer)
    wanted, since = normalise(ctx.draft.text if ctx.draft else ""), probe.since(answer)
    candidates = []
    for row in rows:
        created = _time(row.get("createdAt"))
        if created and created >= since and normalise(unescape(str(row.get("commentary", "")))) == wanted:
            urn = text_id(row.get("id"))
            candidates.append(Candidate(urn, created, MatchedBy.FINGERPRINT, permalink(urn)))
    return Found(tuple(candidates))


def _time(value: object) -> datetime | None:
    return (
        datetime.fromtimestamp(value / 1000, UTC)
        if isinstance(value, (int, float)) and 0 < value < _YEAR_5138
        else None
    )
