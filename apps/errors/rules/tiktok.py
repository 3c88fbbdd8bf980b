"""TikTok, Content Posting API v2. The body's error.code beats the HTTP status."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ERRORS = "https://developers.tiktok.com/doc/tiktok-api-v2-error-handling"
_OAUTH = "https://developers.tiktok.com/doc/oauth-error-handling"
_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_STATUS = "https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status"
_MEDIA = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"

RULES = (
    rule(
        "tiktok.oauth.dead",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant",
        operation="refresh",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule("tiktok.oauth.code", E.AUTH_INVALID, words="oauth:invalid_grant", scope=Scope.GRANT, source=_OAUTH),
    rule(
        "tiktok.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:invalid_client oauth:unauthorized_client oauth:invalid_scope",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "tiktok.oauth.request",
        E.INVALID_REQUEST,
        words="oauth:invalid_request oauth:unsupported_grant_type oauth:unsupported_response_type",
        source=_OAUTH,
    ),
    rule(
        "tiktok.oauth.denied",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:access_denied",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule("tiktok.oauth.server", E.PARTNER_5XX, words="oauth:server_error", source=_OAUTH),
    rule(
        "tiktok.oauth.unavailable",
        E.PARTNER_UNAVAILABLE,
        words="oauth:temporarily_unavailable",
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
)
