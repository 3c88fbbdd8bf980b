"""What an MP4 says of itself is read from its boxes; what is broken tells nothing and breaks nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import clock
from apps.publishing.film import Film, film_of
from apps.publishing.media import reference, store
from tests.make import make_tenant


def box(kind: bytes, *parts: bytes) -> bytes:
    """Write one box."""
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4) + kind + body


def movie(seconds: int = 12, size: tuple[int, int] = (1080, 1920), *, wide: bool = False) -> bytes:
    """Write a film of a sound track and a picture track, without sound or pictures."""
    times = bytes(16 if wide else 8)
    scale, length = (1000).to_bytes(4), (seconds * 1000).to_bytes(8 if wide else 4)
    header = box(b"mvhd", bytes([wide, 0, 0, 0]), times, scale, length, bytes(80))
    tracks = [
        box(b"trak", box(b"tkhd", bytes(76), (width << 16).to_bytes(4), (height << 16).to_bytes(4)))
        for width, height in ((0, 0), size)
    ]
    return box(b"ftyp", b"mp42", bytes(8)) + box(b"free", bytes(40)) + box(b"moov", header, *tracks)


@pytest.mark.parametrize("wide", [False, True])
def test_length_and_size_are_read(wide: bool) -> None:
    assert film_of(movie(wide=wide)) == Film(12.0, 1080, 1920)


def test_a_box_with_a_long_length_is_passed_over() -> None:
    long = (1).to_bytes(4) + b"mdat" + (116).to_bytes(8) + bytes(100)

    assert film_of(long + movie()) == Film(12.0, 1080, 1920)


@given(st.binary(max_size=300))
def test_what_is_no_film_tells_nothing_and_breaks_nothing(content: bytes) -> None:
    assert isinstance(film_of(content), Film)


@given(st.integers(0, len(movie())))
def test_a_cut_film_breaks_nothing(end: int) -> None:
    assert isinstance(film_of(movie()[:end]), Film)


@pytest.mark.django_db
def test_an_upload_keeps_them_for_the_guard(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    tenant, _ = make_tenant()

    kept = reference(store(movie(), name="a.mp4", tenant=tenant.pk, at=clock.now()))

    assert (kept.duration_s, kept.width, kept.height) == (12.0, 1080, 1920)
