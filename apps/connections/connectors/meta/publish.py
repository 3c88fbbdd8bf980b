"""Publishing on Meta: which steps a format takes, and who does them."""

from apps.connections.connectors.interface import Shape, Step
from apps.connections.connectors.meta import publish_instagram as instagram
from apps.connections.connectors.meta import publish_page as page

_PAGE = {
    "image": (page.PHOTO,),
    "images": (page.STAGE, page.FEED),
    "video": (page.VIDEO, page.VIDEO_STATUS),
    "reel": (page.REEL_START, page.REEL_UPLOAD, page.REEL_FINISH, page.VIDEO_STATUS),
}
_PUBLISH = (instagram.CONTAINER, instagram.POLL, instagram.MEDIA_PUBLISH, instagram.PERMALINK)
_INSTAGRAM = {"carousel": (instagram.CHILDREN, instagram.CHILDREN_READY, *_PUBLISH)}


def steps(shape: Shape) -> tuple[Step, ...]:
    """Return the steps of this format."""
    if shape.account_type == "instagram":
        return _INSTAGRAM.get(shape.format, _PUBLISH)
    return _PAGE.get(shape.format, (page.FEED,))


RUN = {**page.RUN, **instagram.RUN}
