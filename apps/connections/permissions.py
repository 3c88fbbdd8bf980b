"""Permissions in plain words, and what can be done without one of them."""

from collections.abc import Collection, Iterable

from apps.connections.connectors.registry import CONNECTORS, connector_for


def in_words(scopes: Iterable[str]) -> list[str]:
    """Return what these permissions let us do, as the partner's page would list them."""
    words = {scope: word for one in CONNECTORS.values() for scope, word in one.permissions.items()}
    return [f"“{_capital(words.get(scope, scope))}”" for scope in scopes]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def missing_to_look(platform: str, granted: Collection[str], *, login: str = "") -> list[str]:
    """Return what is missing to see the accounts at all; a login of its own is for one account, there is no list."""
    return [] if login else sorted(set(connector_for(platform).listing_scopes) - set(granted))


def can_publish(platform: str, account_type: str, granted: Collection[str]) -> bool:
    """Return True when at least one format can go out on such an account."""
    return any(set(needed) <= set(granted) for needed in _by_format(platform, account_type))


def missing(platform: str, account_type: str, granted: Collection[str]) -> list[str]:
    """Return the permissions that some format of such an account needs and that were not given."""
    needed = {scope for one in _by_format(platform, account_type) for scope in one}
    return sorted(needed - set(granted))


def _by_format(platform: str, account_type: str) -> list[tuple[str, ...]]:
    able = connector_for(platform).capabilities
    return [one.scopes for (kind, _), one in able.items() if kind == account_type]
