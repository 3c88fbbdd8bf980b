"""How an answer is written."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

_AS_ALWAYS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class QuickJSONRenderer(JSONRenderer):
    """The framework's JSON, compiled; what orjson refuses, such as numbers beyond 64 bits, the framework's own writes."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, JSONEncoder().default, _AS_ALWAYS)
        except orjson.JSONEncodeError:
            return super().render(data, accepted_media_type, renderer_context)
