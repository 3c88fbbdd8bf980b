"""The words of the event log. Each app declares its own in events.py; an undeclared one cannot be recorded."""

from apps.core.registry import Registry

VERBS: Registry[str] = Registry("event")


def declare(verb: str, meaning: str) -> None:
    """Make a verb known, with one sentence that says what it means."""
    VERBS.plug(verb, meaning)
