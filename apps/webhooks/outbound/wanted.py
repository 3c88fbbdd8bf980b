"""What may be said of an endpoint, checked before anything is stored."""

from collections.abc import Mapping
from typing import Any

from apps.core.egress import lookup, urls
from apps.core.egress.urls import UrlRefused
from apps.core.problems import Problem
from apps.webhooks.catalogue.types import TYPES, categories

LONGEST_DESCRIPTION = 200
MOST_TYPES = 50
FIELDS = frozenset({"url", "event_types", "description"})


class EndpointInvalid(Problem):
    """The endpoint has fields that are missing or wrong."""

    code = "endpoint_invalid"
    status = 422
    title = "This endpoint cannot be kept like this"


Problems = list[dict[str, str]]


def check(said: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """
    Return the checked fields that were said; `whole` wants all that an endpoint needs.

    The name in the URL is looked up: an address that we would never call is not kept.

    :raises EndpointInvalid: with every wrong field.
    """
    problems: Problems = []
    found: dict[str, Any] = {}
    if whole or "url" in said:
        found["url"] = _url(said.get("url"), problems)
    if whole or "event_types" in said:
        found["event_types"] = _event_types(said.get("event_types"), problems)
    if "description" in said:
        found["description"] = _description(said["description"], problems)
    if problems:
        raise EndpointInvalid(detail="Nothing was stored.", fields=problems)
    return found


def _url(value: object, problems: Problems) -> str:
    if not isinstance(value, str):
        problems.append(
            _problem("url", "required", "Say where to send to, such as https://example.com/hooks.")
        )
        return ""
    try:
        lookup.reach(urls.read(value))
    except UrlRefused as refused:
        problems.append(dict(refused.fields[0]))
    return value


def _event_types(value: object, problems: Problems) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_TYPES:
        words = f"Name 1 to {MOST_TYPES} types or categories, such as connection.*."
        problems.append(_problem("event_types", "required", words))
        return []
    for index, name in enumerate(value):
        if words := _refuse_type(name):
            problems.append(_problem(f"event_types.{index}", "choice", words))
    return list(dict.fromkeys(map(str, value)))


def _refuse_type(name: object) -> str:
    known = TYPES.get(name) if isinstance(name, str) else None
    if (known and not known.goes_out) or str(name).startswith("webhook."):
        return "Events about webhooks are not sent to webhooks: they would tell of themselves for ever."
    wildcards = {"*", *(f"{category}.*" for category in categories())}
    if known or name in wildcards:
        return ""
    return f"There is no such type. Categories are {', '.join(categories())}; * means all."


def _description(value: object, problems: Problems) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_DESCRIPTION or not value.isprintable():
        words = f"One line of text, {LONGEST_DESCRIPTION} characters at most."
        problems.append(_problem("description", "text", words))
        return ""
    return value


def _problem(field: str, rule: str, words: str) -> dict[str, str]:
    return {"field": field, "rule": rule, "message": words}
