"""TikTok, Content Posting API v2. The body's error.code beats the HTTP status."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ERRORS = "https://developers.tiktok.com/doc/tiktok-api-v2-error-handling"
_OAUTH = "https://developers.tiktok.com/doc/oauth-error-handling"
_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_STATUS = "https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status"
_MEDIA = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"
_V1 = "https://developers.tiktok.com/doc/tiktok-api-v1-error-handling"

RULES = (
    rule(
        "tiktok.oauth.dead",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant",
        operation="refresh",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "tiktok.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:invalid_client oauth:unauthorized_client oauth:invalid_scope",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "tiktok.oauth.denied",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:access_denied",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule("tiktok.token", E.AUTH_EXPIRED, code="access_token_invalid", scope=Scope.GRANT, source=_ERRORS),
    rule(
        "tiktok.scope",
        E.PERMISSION_INSUFFICIENT,
        code="scope_not_authorized scope_permission_missed",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule(
        "tiktok.posts_a_day",
        E.QUOTA_EXCEEDED,
        code="spam_risk_too_many_posts spam_risk_too_many_pending_share fail:spam_risk_too_many_posts",
        scope=Scope.CONNECTION,
        first_wait=3600,
        source=_POST,
    ),
    rule(
        "tiktok.banned",
        E.SPAM_BLOCKED,
        code="spam_risk_user_banned_from_posting fail:spam_risk_user_banned_from_posting fail:spam_risk",
        scope=Scope.CONNECTION,
        source=_POST,
    ),
    rule(
        "tiktok.app",
        E.APP_SUSPENDED,
        code="reached_active_user_cap unaudited_client_can_only_post_to_private_accounts url_ownership_unverified",
        scope=Scope.APP,
        source=_POST,
    ),
    rule("tiktok.privacy", E.CONTENT_INVALID, code="privacy_level_option_mismatch", source=_POST),
    rule(
        "tiktok.rate",
        E.RATE_LIMIT_429,
        code="rate_limit_exceeded",
        scope=Scope.CONNECTION,
        first_wait=60,
        source=_ERRORS,
    ),
    rule("tiktok.internal", E.PARTNER_5XX, code="internal_error fail:internal", proof=False, source=_ERRORS),
    rule("tiktok.publish_id", E.RESOURCE_NOT_FOUND, code="invalid_publish_id", source=_STATUS),
    rule(
        "tiktok.publish_id.text",
        E.RESOURCE_NOT_FOUND,
        code="invalid_param invalid_params",
        message=r"^invalid_publish_id",
        source=_STATUS,
    ),
    rule(
        "tiktok.publish_id.other",
        E.PERMISSION_INSUFFICIENT,
        code="token_not_authorized_for_specified_publish_id",
        source=_STATUS,
    ),
    rule(
        "tiktok.cancel",
        E.RESOURCE_CONFLICT,
        code="publish_not_cancellable fail:publish_cancelled",
        source=_POST,
    ),
    rule(
        "tiktok.branded",
        E.CONTENT_INVALID,
        code="invalid_param invalid_params",
        message=r"branded content visibility",
        source=_POST,
    ),
    rule("tiktok.params", E.INVALID_REQUEST, code="invalid_param invalid_params", source=_ERRORS),
    rule(
        "tiktok.file",
        E.MEDIA_INVALID,
        code="invalid_file_upload fail:file_format_check_failed fail:duration_check_failed fail:frame_rate_check_failed fail:picture_size_check_failed fail:video_format_not_supported fail:video_pull_failed fail:photo_pull_failed",
        source=_MEDIA,
    ),
    rule(
        "tiktok.app_version",
        E.ACCOUNT_ACTION_REQUIRED,
        code="app_version_check_failed",
        scope=Scope.CONNECTION,
        source=_POST,
    ),
    rule("tiktok.removed", E.APP_DEAUTHORIZED, code="fail:auth_removed", scope=Scope.GRANT, source=_STATUS),
    rule("tiktok.text", E.CONTENT_POLICY, code="fail:spam_risk_text", source=_STATUS),
    rule(
        "tiktok.path",
        E.INVALID_REQUEST,
        message=r"^unsupported path\(janus\)",
        source="https://developers.tiktok.com/doc/oauth-user-access-token-management",
    ),
    rule("tiktok.range", E.INVALID_REQUEST, status="416", source=_MEDIA),
    # The first version of the API and the web API, which the same hosts still speak.
    rule(
        "tiktok.v1.scope",
        E.PERMISSION_INSUFFICIENT,
        code="v1:20002 v1:2190003",
        scope=Scope.CONNECTION,
        source=_V1,
    ),
    rule(
        "tiktok.v1.expired", E.AUTH_EXPIRED, code="v1:10008 v1:2190008 web:8", scope=Scope.GRANT, source=_V1
    ),
    rule("tiktok.v1.token", E.AUTH_INVALID, code="v1:10007 v1:2190002", scope=Scope.GRANT, source=_V1),
    rule("tiktok.v1.refresh", E.AUTH_REVOKED, code="v1:10010", scope=Scope.GRANT, source=_V1),
    rule("tiktok.v1.app", E.APP_SUSPENDED, code="v1:10013", scope=Scope.APP, source=_V1),
    rule("tiktok.v1.rate", E.RATE_LIMIT_429, code="v1:7", first_wait=60, source=_V1),
    rule("tiktok.v1.busy", E.PARTNER_5XX, code="v1:2100004", proof=False, source=_V1),
    rule("tiktok.web.unavailable", E.PARTNER_UNAVAILABLE, code="web:4", proof=False, source=_V1),
    rule(
        "tiktok.web.policy",
        E.CONTENT_POLICY,
        code="web:3013046",
        source="https://www.tiktok.com/community-guidelines",
    ),
)
