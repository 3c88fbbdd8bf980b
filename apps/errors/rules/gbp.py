"""Google Business Profile: what is said of our project, of the place, of the post, then what every Google API says."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules import google_api
from apps.errors.rules.rule import rule

_CODES = "https://developers.google.com/my-business/reference/rest/Shared.Types/ErrorCode"
_POSTS = "https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts"
_INFORMATION = (
    "https://developers.google.com/my-business/reference/businessinformation/rest/v1/accounts.locations"
)
_POLICY = "https://support.google.com/business/answer/7213077"
_PHOTOS = "https://support.google.com/business/answer/6103862"

RULES = (
    *google_api.OURS,
    # The place: what the listing must be before it may post.
    rule(
        "gbp.posts_disabled",
        E.CAPABILITY_UNSUPPORTED,
        words="problem:locationdisabledforlocalpostapi reason:locationdisabledforlocalpostapi",
        scope=Scope.CONNECTION,
        source=_CODES,
    ),
    rule(
        "gbp.posts_disabled.text",
        E.CAPABILITY_UNSUPPORTED,
        status="400 403",
        message=r"location_disabled_for_local_post_api|location disabled for local post api",
        scope=Scope.CONNECTION,
        source=_CODES,
    ),
    rule(
        "gbp.condition",
        E.ACCOUNT_ACTION_REQUIRED,
        words="problem:13 problem:operationunsupportedunderaccountcondition problem:categorynotverified reason:operationunsupportedunderaccountcondition",
        scope=Scope.CONNECTION,
        source=_CODES,
    ),
    rule(
        "gbp.unverified",
        E.ACCOUNT_ACTION_REQUIRED,
        status="400 403",
        message=r"local post is not authori[sz]ed for this location|location .{0,40}(?:is not|isn't|must be|has not been) verified|(?:location|listing|profile|account) (?:is|has been) (?:suspended|disabled|permanently closed)",
        scope=Scope.CONNECTION,
        source=_INFORMATION,
    ),
    # The post.
    rule("gbp.rejected", E.CONTENT_POLICY, words="state:rejected", source=_POSTS),
    rule(
        "gbp.policy",
        E.CONTENT_POLICY,
        words="status:invalid_argument status:failed_precondition status:permission_denied",
        message=r"\b(?:content|posting) polic(?:y|ies)\b|\bviolates\b|prohibited content",
        source=_POLICY,
    ),
    rule(
        "gbp.media",
        E.MEDIA_INVALID,
        words="field:media problem:photofetchfailed problem:photouploadfailed",
        source=_CODES,
    ),
    rule("gbp.field", E.CONTENT_INVALID, words="field:content", source=_CODES),
    rule("gbp.parameter", E.INVALID_REQUEST, words="field:request", source=_POSTS),
    rule(
        "gbp.unparsed",
        E.INVALID_REQUEST,
        words="status:invalid_argument reason:badrequest",
        message=r"^(?:invalid json payload|invalid value at|unknown name|proto field is not repeating)",
        source="https://protobuf.dev/programming-guides/json/",
    ),
    rule(
        "gbp.media.text",
        E.MEDIA_INVALID,
        words="status:invalid_argument status:failed_precondition reason:badrequest",
        message=r"\b(?:photo|image|video|media|source_?url)s?\b.{0,80}\b(?:fetch|download|small|large|format|size|dimension|resolution|duration|unsupported|not supported|invalid|failed|exceeds?)|\b(?:fetch|download|upload)(?:ing)? .{0,40}\b(?:photo|image|video|media|url)\b",
        source=_PHOTOS,
    ),
    rule(
        "gbp.content.text",
        E.CONTENT_INVALID,
        words="status:invalid_argument reason:badrequest",
        message=r"must be at (?:most|least) \d+ characters|\btoo (?:long|short)\b|\b(?:summary|topic type|call ?to ?action|phone number|event|offer|schedule) .{0,60}(?:required|invalid|must|missing|cannot|not allowed)",
        source=_POSTS,
    ),
    rule(
        "gbp.processing",
        E.MEDIA_NOT_READY,
        words="status:failed_precondition",
        message=r"\bnot (?:yet )?ready\b|still (?:being )?process",
        source="https://developers.google.com/photos/picker/guides/media-items",
    ),
    rule(
        "gbp.location_gone",
        E.ACCOUNT_NOT_FOUND,
        words="status:not_found reason:notfound",
        message=r"\b(?:location|account|listing)\b.{0,80}not found",
        scope=Scope.CONNECTION,
        source=_INFORMATION,
    ),
    *google_api.THEIRS,
)
