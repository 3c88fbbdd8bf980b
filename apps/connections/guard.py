"""The capability guard: can this connection publish this draft? Asked while it is written, when it is accepted, and
once more before anything is sent.

Missing permissions are judged by what the partner said it granted. Meta, TikTok and Google say it at every sign-in and
let people untick single ones; LinkedIn says it with the token. What a partner never said refuses nothing (Mailchimp has
no permissions at all, some answers leave them out): the partner's own refusal is then the judge, and pauses all the same.
"""

from collections.abc import Collection, Iterable

from apps.connections import credentials, limits
from apps.connections.connectors.interface import PostDraft
from apps.connections.connectors.registry import connector_for
from apps.connections.limits import CapabilityProblem, Remedy
from apps.connections.models import Connection

FORMATS = {
    "text": "text posts",
    "link": "link posts",
    "image": "picture posts",
    "images": "posts with several pictures",
    "carousel": "carousels",
    "video": "video posts",
    "video_pull": "video posts that the partner fetches",
    "reel": "reels",
    "story": "stories",
    "update": "updates",
    "event": "events",
    "offer": "offers",
    "campaign": "e-mail campaigns",
}


def validate_publish_capability(
    connection: Connection, draft: PostDraft, *, granted: Collection[str] | None = None
) -> list[CapabilityProblem]:
    """
    Return every reason why the connection cannot publish the draft; none means that it can.

    `granted` are the scopes of the credential that would be used; without them the current one is read.
    """
    scopes = _granted(connection) if granted is None else granted
    return problems_of(connection.platform, connection.account_type, draft, granted=scopes)


def problems_of(
    platform: str, account_type: str, draft: PostDraft, *, granted: Collection[str]
) -> list[CapabilityProblem]:
    """Return the same for an account of this type and the scopes of the credential that would be used."""
    able = connector_for(platform).capabilities.get((account_type, draft.format))
    if able is None:
        return [CapabilityProblem("content.format", "format", _takes(platform, account_type))]
    missing = _missing(able.scopes, granted)
    found = list(limits.problems_of(draft, able))
    return [*found, _permission_problem(platform, draft.format, missing)] if missing else found


def missing_permissions(connection: Connection, *, granted: Collection[str] | None = None) -> list[str]:
    """
    Return what people would have to allow for all that such an account can publish, in plain words.

    `granted` are the scopes of its credential; without them the current one is read.
    """
    scopes = _granted(connection) if granted is None else granted
    capabilities = connector_for(connection.platform).capabilities
    needed = {
        scope: None
        for (account_type, _), able in capabilities.items()
        if account_type == connection.account_type
        for scope in able.scopes
    }
    return permission_words(connection.platform, _missing(needed, scopes))


def permission_words(platform: str, scopes: Iterable[str]) -> list[str]:
    """Return what scopes let us do, in plain words."""
    permissions = connector_for(platform).permissions
    return [permissions.get(scope, scope) for scope in scopes]


def _granted(connection: Connection) -> Collection[str]:
    return credentials.scopes_for([connection])[connection.pk]


def _missing(needed: Iterable[str], granted: Collection[str]) -> tuple[str, ...]:
    return tuple(scope for scope in needed if scope not in granted) if granted else ()


def _permission_problem(platform: str, name: str, missing: tuple[str, ...]) -> CapabilityProblem:
    what = "this permission" if len(missing) == 1 else "these permissions"
    words = "; ".join(permission_words(platform, missing))
    return CapabilityProblem(
        field="content.format",
        rule="scopes",
        message=f"{FORMATS[name].capitalize()} need {what}: {words}. Reconnect to enable them.",
        remedy=Remedy.RECONNECT,
        scopes=missing,
    )


def _takes(platform: str, account_type: str) -> str:
    connector = connector_for(platform)
    names = sorted(FORMATS[name] for kind, name in connector.capabilities if kind == account_type)
    listed = " and ".join([part for part in (", ".join(names[:-1]), names[-1]) if part])
    name = connector.account_types[account_type].name
    return f"{name[0].upper()}{name[1:]} takes {listed}."
