"""What TikTok's events mean. https://developers.tiktok.com/doc/webhooks-events"""

from collections.abc import Mapping
from typing import Any

from apps.errors.codes import ErrorCode
from apps.webhooks.inbound.choices import Act
from apps.webhooks.inbound.interface import Told
from apps.webhooks.inbound.reading import moment, word

REMOVED = "authorization.removed"
_ACCOUNT_GONE = {"2": "The account was deleted.", "4": "The account was banned."}
_RESULTS = frozenset(
    {"post.publish.complete", "post.publish.failed", "post.publish.publicly_available"},
)
_NOTED = frozenset(
    {
        "post.publish.inbox_delivered",
        "post.publish.no_longer_publicaly_available",  # the misspelling is TikTok's own
        "video.upload.failed",
        "video.publish.completed",
        "portability.download.ready",
    }
)


def of_event(data: Mapping[str, Any]) -> Told:
    """One event of a creator, who is person and account in one."""
    kind, at, who = (
        word(data.get("event"), 80),
        moment(data.get("create_time")),
        word(data.get("user_openid")),
    )
    content = data["content"]
    if kind == REMOVED:
        return _removed(kind, word(content.get("reason")), who, data)
    if kind in _RESULTS:
        said = {name: word(content.get(name)) for name in ("publish_id", "post_id", "reason")}
        evidence = {"event": kind, **{name: text for name, text in said.items() if text}}
        return Told(kind, Act.RESULT, at, account=who, post=said["publish_id"], evidence=evidence)
    return Told(kind, Act.NOTHING, at, account=who, known=kind in _NOTED)


def _removed(kind: str, reason: str, who: str, data: Mapping[str, Any]) -> Told:
    """The token is dead already. Some reasons are the person's own to mend at TikTok before anything else helps."""
    at = moment(data.get("create_time"))
    if reason in _ACCOUNT_GONE:
        code, note = ErrorCode.ACCOUNT_ACTION_REQUIRED, _ACCOUNT_GONE[reason]
        return Told(kind, Act.ATTENTION, at, person=who, code=code, note=note)
    return Told(kind, Act.REVOKE, at, person=who, code=ErrorCode.APP_DEAUTHORIZED)
