"""How an event type is written down, and the JSON Schema that follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.events.models import Event

Schema = Mapping[str, Any]
Read = Callable[[Event], Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNTS: Schema = {"type": "object", "additionalProperties": NUMBER}


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an event's data: always there, and null where an event does not have it."""

    name: str
    schema: Schema
    words: str
    example: Any
    read: Read
    may_be_null: bool = False
    is_subject: bool = False  # it is the id of what the event is about

    def full_schema(self) -> dict[str, Any]:
        """Return its schema with its words."""
        kind = [self.schema["type"], "null"] if self.may_be_null else self.schema["type"]
        return {**self.schema, "type": kind, "description": self.words}


@dataclass(frozen=True, slots=True)
class EventType:
    """
    One type of event. `verbs` are the words of the log that it stands for.

    The version rises when a field goes or means something else; a field that is added changes nothing for whoever
    ignores what he does not know.
    """

    name: str
    meaning: str
    verbs: tuple[str, ...]
    data: tuple[Field, ...]
    version: int = 1
    goes_out: bool = True  # webhook.* would tell of themselves for ever
    example: Mapping[str, Any] = field(default_factory=dict)  # values that differ from the fields' own

    @property
    def category(self) -> str:
        """What stands before the point."""
        return self.name.partition(".")[0]

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the whole text that is sent."""
        return {
            "$schema": DRAFT,
            "$id": f"urn:reknit:event:{self.name}:{self.version}",
            "title": self.name,
            "description": self.meaning,
            **_object(
                {
                    "id": {"type": "string", "pattern": "^evt_[0-9a-f]{32}$"},
                    "type": {"const": self.name},
                    "version": {"const": self.version},
                    "time": TIME,
                    "sequence": {"type": ["integer", "null"], "minimum": 1},
                    "tenant": ID,
                    "actor": TEXT,
                    "cycle": {**ID, "type": ["string", "null"]},
                    "data": _object({one.name: one.full_schema() for one in self.data}),
                }
            ),
        }


def _object(properties: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
