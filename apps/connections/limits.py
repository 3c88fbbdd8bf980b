"""What of a draft breaks a platform's limits, in plain words. Pure: data and a draft in, problems out.

What is not known of a picture or film (its length, its sides) refuses nothing: then the partner judges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from apps.connections.connectors import text as texts
from apps.connections.connectors.capability import Capability, MediaLimits
from apps.connections.connectors.interface import MediaRef, PostDraft

MB = 1024 * 1024


class Remedy(StrEnum):
    """What mends a problem."""

    FIX_CONTENT = "fix_content"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class CapabilityProblem:
    """One reason why a draft cannot be published as it is: where, by which rule, in words, and what mends it."""

    field: str
    rule: str
    message: str
    remedy: Remedy = Remedy.FIX_CONTENT
    scopes: tuple[str, ...] = ()  # the missing ones, where a reconnect adds them

    def to_json(self) -> dict[str, Any]:
        """Return it as interfaces show it."""
        shown: dict[str, Any] = {
            "field": self.field,
            "rule": self.rule,
            "message": self.message,
            "remedy": self.remedy.value,
        }
        return shown | ({"scopes": list(self.scopes)} if self.scopes else {})


Problems = Iterator[CapabilityProblem]


def problems_of(draft: PostDraft, able: Capability) -> Problems:
    """Yield everything that this format does not take of the draft."""
    yield from _text(draft, able)
    yield from _link(draft, able)
    yield from _options(draft, able)
    yield from _media(draft, able)


def _text(draft: PostDraft, able: Capability) -> Problems:
    field = "content.text"
    if not (draft.text.strip() or draft.media or draft.link or able.media_min):
        yield CapabilityProblem(field, "required", "Write something, or add a link or a picture.")
    over = able.measure.length(draft.text) - (able.text_limit or 0)
    if able.text_limit == 0 and draft.text:
        yield CapabilityProblem(field, "length", "It shows no text. Leave it empty.")
    elif able.text_limit is not None and over > 0:
        note = f" ({able.measure.note})" if able.measure.note else ""
        words = f"It takes {able.text_limit:,} characters{note}. Shorten this by {over:,}."
        yield CapabilityProblem(field, "length", words)
    if able.hashtags is not None and (over := texts.hashtags(draft.text) - able.hashtags) > 0:
        words = f"It takes {able.hashtags} hashtags. Leave out {over}."
        yield CapabilityProblem(field, "hashtags", words)
    if able.mentions is not None and (over := texts.mentions(draft.text) - able.mentions) > 0:
        words = f"It takes {able.mentions} mentions of other accounts. Leave out {over}."
        yield CapabilityProblem(field, "mentions", words)


def _link(draft: PostDraft, able: Capability) -> Problems:
    field = "content.link"
    if draft.format == "link" and not draft.link:
        yield CapabilityProblem(field, "required", "A link post needs a link.")
    if draft.link and not able.link:
        yield CapabilityProblem(field, "unsupported", "This format shows no link. Write it into the text.")
    elif draft.link and not _is_link(draft.link):
        yield CapabilityProblem(field, "link", "A link begins with https:// and names a site.")


def _is_link(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a bracket that belongs to no address
        return False


def _options(draft: PostDraft, able: Capability) -> Problems:
    for name in able.needs:
        if draft.options is not None and not getattr(draft.options, name):
            words = f"A post of the format {draft.format} needs its {name}."
            yield CapabilityProblem(f"content.options.{name}", "required", words)


def _media(draft: PostDraft, able: Capability) -> Problems:
    if not able.media_min <= len(draft.media) <= able.media_max:
        yield CapabilityProblem("content.media", "count", _count_words(able))
        return
    for number, media in enumerate(draft.media, start=1):
        limits = able.film if media.kind == "video" else able.picture
        noun = "film" if media.kind == "video" else "picture"
        name = f"{noun.capitalize()} {number}" if len(draft.media) > 1 else f"The {noun}"
        for rule, words in _one(media, limits, able):
            yield CapabilityProblem("content.media", rule, f"{name} {words}")


def _count_words(able: Capability) -> str:
    if able.media_max == 0:
        return "This format takes no picture or film."
    noun = "file" if able.picture and able.film else "film" if able.film else "picture"
    if able.media_min == able.media_max == 1:
        return f"This format takes one {noun}."
    return f"This format takes {able.media_min} to {able.media_max} {noun}s."


def _one(media: MediaRef, limits: MediaLimits | None, able: Capability) -> Iterator[tuple[str, str]]:
    if limits is None or media.content_type not in limits.types:
        kinds = " or ".join(kind.split("/")[-1].upper() for kind in able.media_types)
        yield "type", f"must be {kinds}."
        return
    yield from _size(media, limits)
    yield from _shape(media, limits)
    if limits.durations and media.duration_s is not None:
        shortest, longest = limits.durations
        if not shortest <= media.duration_s <= longest:
            yield "duration", f"must last {span_words(limits.durations)}."


def _size(media: MediaRef, limits: MediaLimits) -> Iterator[tuple[str, str]]:
    if limits.max_bytes is not None and media.size > limits.max_bytes:
        yield "size", f"may have {limits.max_bytes // MB:,} MB at most. Make the file smaller."
    if limits.min_bytes is not None and media.size < limits.min_bytes:
        yield "size", f"must have at least {limits.min_bytes // 1024} KB."


def _shape(media: MediaRef, limits: MediaLimits) -> Iterator[tuple[str, str]]:
    if not media.width or not media.height:
        return
    if limits.ratios and not as_number(limits.ratios[0]) <= media.width / media.height <= as_number(
        limits.ratios[1]
    ):
        yield "ratio", f"must be between {limits.ratios[0]} and {limits.ratios[1]}. Crop it."
    shorter, longer = sorted((media.width, media.height))
    if limits.least_sides and (shorter < limits.least_sides[0] or longer < limits.least_sides[1]):
        yield "sides", f"must measure at least {sides_words(limits.least_sides)} pixels."
    if limits.most_sides and (shorter > limits.most_sides[0] or longer > limits.most_sides[1]):
        yield "sides", f"may measure {sides_words(limits.most_sides)} pixels at most. Make it smaller."
    if limits.max_pixels is not None and media.width * media.height > limits.max_pixels:
        yield "pixels", f"may have {limits.max_pixels:,} pixels at most. Make it smaller."


def as_number(ratio: str) -> float:
    """Return what a ratio such as 4:5 is as width by height."""
    width, height = ratio.split(":")
    return float(width) / float(height)


def sides_words(sides: tuple[int, int]) -> str:
    """Return two sides in words."""
    return f"{sides[0]} x {sides[1]}"


def span_words(span: tuple[float, float]) -> str:
    """Return from how long to how long, in words."""
    shortest, longest = span
    least = f"{shortest:g} seconds to " if shortest else "at most "
    return f"{least}{longest / 60:g} minutes" if longest > 90 else f"{least}{longest:g} seconds"  # noqa: PLR2004 - words
