"""What an MP4 says of itself: how long it is and how large its picture. Reads boxes only, decodes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = 8
_LONG_HEADER = 16
MOST_BOXES = 1000  # a broken file may name more than anybody writes


@dataclass(frozen=True, slots=True)
class Film:
    """The facts of a film; None where the file does not tell. Its sides are the stored ones: a player may turn them."""

    duration_s: float | None = None
    width: int | None = None
    height: int | None = None


def film_of(content: bytes) -> Film:
    """Return the facts of a film; of a broken or cut file whatever can be read."""
    movie = _find(content, b"moov")
    sizes = [_size(_find(track, b"tkhd")) for kind, track in _boxes(movie) if kind == b"trak"]
    width, height = next((size for size in sizes if size), (None, None))
    return Film(_seconds(_find(movie, b"mvhd")), width, height)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(MOST_BOXES):
        length, kind, start = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8], at + _HEADER
        if length == 1:
            length, start = int.from_bytes(content[at + 8 : at + 16]), at + _LONG_HEADER
        elif length == 0:
            length = len(content) - at  # the last box reaches to the end
        if len(kind) < 4 or length < start - at:  # noqa: PLR2004 - a box has a name of four bytes
            return
        yield kind, content[start : at + length]
        at += length


def _find(content: bytes, wanted: bytes) -> bytes:
    return next((body for kind, body in _boxes(content) if kind == wanted), b"")


def _seconds(header: bytes) -> float | None:
    """Read the movie header: its version decides how wide the times before these two fields are."""
    wide = header[:1] == b"\x01"
    scale = int.from_bytes(header[20:24] if wide else header[12:16])
    length = int.from_bytes(header[24:32] if wide else header[16:20])
    return length / scale if scale and length else None


def _size(header: bytes) -> tuple[int, int] | None:
    """Read the track header's last two fields: pixels, as numbers with 16 bits behind the point."""
    width, height = int.from_bytes(header[-8:-4]) >> 16, int.from_bytes(header[-4:]) >> 16
    return (width, height) if width and height else None
