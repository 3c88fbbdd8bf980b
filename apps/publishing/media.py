"""Pictures and films: checked when they come in, handed out by URLs signed at call time."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile
from PIL import Image, UnidentifiedImageError

from apps.connections.connectors.interface import MediaRef
from apps.core.problems import Problem
from apps.publishing.film import film_of
from apps.publishing.models import Media

LARGEST = 20 * 1024 * 1024
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}
_LOOKED_AT = timedelta(hours=12)
_FILM = b"ftyp"  # the first box of an MP4
_SIGNER = signing.TimestampSigner(salt="reknit.media")


class MediaRefused(Problem):
    """The file is no picture that any partner takes."""

    code = "media_refused"
    status = 422
    title = "This file cannot be used"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file turned out to be."""

    ending: str
    content_type: str
    width: int | None
    height: int | None
    duration_s: float | None = None


def store(content: bytes, *, name: str, tenant: UUID, at: datetime) -> Media:
    """
    Check and keep a picture or a film.

    :raises MediaRefused: when it is too large, broken, or neither JPEG, PNG nor MP4.
    """
    if len(content) > LARGEST:
        raise MediaRefused(detail=f"It may have {LARGEST // 1024 // 1024} MB at most.")
    seen = _film(content) if content[4:8] == _FILM else _picture(content)
    media = Media(
        tenant_id=tenant,
        name=name[:200],
        content_type=seen.content_type,
        size=len(content),
        width=seen.width,
        height=seen.height,
        duration_s=seen.duration_s,
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=at,
    )
    media.file.save(f"{media.pk}.{seen.ending}", ContentFile(content), save=False)
    media.save()
    return media


def _film(content: bytes) -> _Seen:
    film = film_of(content)
    return _Seen("mp4", "video/mp4", film.width, film.height, film.duration_s)


def _picture(content: bytes) -> _Seen:
    try:
        with Image.open(io.BytesIO(content), formats=list(TYPES)) as picture:
            picture.verify()
            kind, (width, height) = picture.format or "", picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise MediaRefused(detail="We cannot read it as a picture.") from None
    if kind not in TYPES:
        raise MediaRefused(detail="Pictures must be JPEG or PNG, films MP4.")
    return _Seen(kind.lower(), TYPES[kind], width, height)


def use(wanted: Iterable[UUID], *, tenant: UUID) -> None:
    """
    Note that posts were accepted with these: from then on they are not cleared away.

    :raises MediaRefused: when one has just been, since no post had taken it for weeks.
    """
    if not (keys := set(wanted)):
        return
    rows = Media.objects.for_tenant(tenant).filter(pk__in=keys)
    rows.filter(is_used=False).update(is_used=True)
    if rows.filter(is_used=True).count() < len(keys):
        raise MediaRefused(detail="No post had used it for so long that it is gone. Please add it once more.")


def reference(media: Media) -> MediaRef:
    """Return what connectors may know of a picture."""
    path = media.file.path

    def read(offset: int, length: int) -> bytes:
        with open(path, "rb") as file:  # noqa: PTH123 - offset reads of one file
            file.seek(offset)
            return file.read(length)

    def public_url(lifetime: timedelta) -> str:
        return f"{settings.PUBLIC_URL}{_signed_path(media, lifetime)}"

    return MediaRef(
        kind=media.content_type.split("/")[0],
        content_type=media.content_type,
        size=media.size,
        name=media.name,
        read=read,
        public_url=public_url,
        width=media.width,
        height=media.height,
        duration_s=media.duration_s,
    )


def shown_at(media: Media) -> str:
    """Return where our own pages show a picture or film, for as long as somebody may look at one of them."""
    return _signed_path(media, _LOOKED_AT)


def _signed_path(media: Media, lifetime: timedelta) -> str:
    return f"/media/{_SIGNER.sign_object([str(media.pk), lifetime.total_seconds()])}"


def find_signed(token: str) -> Media | None:
    """Return the picture that a signed URL names, unless it was changed or its time is over."""
    try:
        media, lifetime = _SIGNER.unsign_object(token)
        _SIGNER.unsign_object(token, max_age=lifetime)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Media.objects.across_tenants().filter(pk=media).first()
