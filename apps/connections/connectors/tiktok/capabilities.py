"""What a creator can post. The publish id, kept before the upload begins, proves what became of it."""

from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

SCOPES = ("user.info.basic", "video.publish", "video.list")

CAPABILITIES = {
    ("creator", "video"): Capability(
        text_limit=2200,
        verify=Verify.BY_ID,
        longest_processing=timedelta(hours=4),
        scopes=("video.publish",),
        media_min=1,
        media_max=1,
        media_types=("video/mp4",),
        max_bytes=4 * 1024 * 1024 * 1024,
    ),
}
