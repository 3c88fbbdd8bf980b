"""What is said: a subject, a text and the same as HTML, from three templates; one button at most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing that the reader can do, and where."""

    words: str
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered notice."""

    subject: str
    text: str
    html: str


def write(template: str, context: Mapping[str, Any], *, action: Action | None = None) -> Letter:
    """Render `notifications/<template>` for people; names come from partners, so the subject is made one line."""
    values = {**context, "action": action}
    subject = " ".join(render_to_string(f"notifications/{template}_subject.txt", values).split())
    return Letter(
        subject=subject[:300],
        text=render_to_string(f"notifications/{template}.txt", values).strip() + "\n",
        html=render_to_string(f"notifications/{template}.html", {**values, "subject": subject}),
    )
