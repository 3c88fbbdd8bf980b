"""TikTok, Content Posting API v2. The body's error.code beats the HTTP status.

Codes are prefixed where a number says nothing by itself: `fail:` a status poll's reason, `v1:` the first open API,
`business:` the Business API, `web:` the site's own.
"""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ERRORS = "https://developers.tiktok.com/doc/tiktok-api-v2-error-handling"
_OAUTH = "https://developers.tiktok.com/doc/oauth-error-handling"
_TOKENS = "https://developers.tiktok.com/doc/oauth-user-access-token-management"
_POST = "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"
_CREATOR = "https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info"
_STATUS = "https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status"
_MEDIA = "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide"
_RESEARCH = "https://developers.tiktok.com/doc/research-api-faq"
# TikTok's first open API and Douyin's number their errors alike.
_OPEN = "https://developer.open-douyin.com/docs/resource/zh-cn/dop/develop/openapi/status-code"
_OPEN_SDK = "https://developers.tiktok.com/doc/getting-started-android-handling-errors"
_BUSINESS = "https://business-api.tiktok.com/portal/docs?id=1737172488964097"
_WEB = "https://github.com/davidteather/TikTok-Api/issues/403"
_WEB_POST = "https://github.com/MiniGlome/Tiktok-uploader/issues/25"

RULES = (
    # The token endpoint; what RFC 6749 says equally stands in its own table.
    rule(
        "tiktok.oauth.refresh_token",
        E.AUTH_REVOKED,
        words="oauth:invalid_request oauth:invalid_grant",
        message=r"^refresh[ _]token (is|has) (been )?(invalid|expired|revoked)",
        scope=Scope.GRANT,
        source=_TOKENS,
    ),
    rule(
        "tiktok.oauth.code",
        E.AUTH_INVALID,
        words="oauth:invalid_request oauth:invalid_grant",
        message=r"^(authorization )?code (is|has) (been )?(expired|invalid|used)",
        scope=Scope.GRANT,
        source=_TOKENS,
    ),
    rule(
        "tiktok.oauth.scope",
        E.APP_SUSPENDED,
        words="oauth:invalid_scope",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    # v2.
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
        code="spam_risk_too_many_posts spam_risk_too_many_pending_share fail:spam_risk_too_many_posts fail:spam_risk_too_many_pending_share",
        scope=Scope.CONNECTION,
        first_wait=3600,
        source=_POST,
    ),
    rule(
        "tiktok.banned",
        E.SPAM_BLOCKED,
        code="spam_risk_user_banned_from_posting fail:spam_risk_user_banned_from_posting",
        scope=Scope.CONNECTION,
        source=_CREATOR,
    ),
    rule("tiktok.text", E.CONTENT_POLICY, code="spam_risk_text fail:spam_risk_text", source=_STATUS),
    rule("tiktok.spam", E.SPAM_BLOCKED, words="family:spam_risk", scope=Scope.CONNECTION, source=_STATUS),
    rule(
        "tiktok.app",
        E.APP_SUSPENDED,
        code="reached_active_user_cap unaudited_client_can_only_post_to_private_accounts url_ownership_unverified fail:unaudited_client_can_only_post_to_private_accounts",
        scope=Scope.APP,
        source=_POST,
    ),
    rule(
        "tiktok.privacy",
        E.CONTENT_INVALID,
        code="privacy_level_option_mismatch fail:privacy_level_check_failed",
        source=_POST,
    ),
    rule(
        "tiktok.rate",
        E.RATE_LIMIT_429,
        code="rate_limit_exceeded",
        scope=Scope.CONNECTION,
        first_wait=60,
        source=_ERRORS,
    ),
    rule(
        "tiktok.quota",
        E.QUOTA_EXCEEDED,
        code="daily_quota_limit_exceeded",
        scope=Scope.APP,
        first_wait=3600,
        source=_RESEARCH,
    ),
    rule("tiktok.internal", E.PARTNER_5XX, code="internal_error", proof=False, source=_ERRORS),
    # The task has ended and nothing was published.
    rule("tiktok.failed", E.PARTNER_5XX, code="fail:internal", source=_STATUS),
    rule("tiktok.timeout", E.PARTNER_TIMEOUT, code="timeout", proof=False, source=_RESEARCH),
    rule("tiktok.publish_id", E.RESOURCE_NOT_FOUND, code="invalid_publish_id", source=_STATUS),
    rule(
        "tiktok.publish_id.text",
        E.RESOURCE_NOT_FOUND,
        code="invalid_param invalid_params",
        message=r"^(the )?(invalid[_ ]publish[_ ]id|publish[_ ]id is invalid)",
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
        code="publish_not_cancellable fail:publish_cancelled fail:user_cancel",
        source=_MEDIA,
    ),
    rule(
        "tiktok.branded",
        E.CONTENT_INVALID,
        code="invalid_param invalid_params",
        message=r"^branded content visibility",
        source=_POST,
    ),
    rule("tiktok.params", E.INVALID_REQUEST, code="invalid_param invalid_params", source=_ERRORS),
    rule(
        "tiktok.file",
        E.MEDIA_INVALID,
        code="invalid_file_upload fail:video_format_not_supported",
        source=_ERRORS,
    ),
    # The app on the creator's telephone is too old; its name would fit the media family.
    rule(
        "tiktok.app_version",
        E.ACCOUNT_ACTION_REQUIRED,
        code="app_version_check_failed fail:app_version_check_failed",
        scope=Scope.CONNECTION,
        source="https://developers.tiktok.com/doc/content-posting-api-reference-photo-post",
    ),
    rule("tiktok.media", E.MEDIA_INVALID, words="family:media", source=_STATUS),
    rule("tiktok.removed", E.APP_DEAUTHORIZED, code="fail:auth_removed", scope=Scope.GRANT, source=_STATUS),
    # The upload address: no envelope, the status is all there is. It lives an hour; then the upload begins anew.
    rule("tiktok.upload.gone", E.MEDIA_NOT_READY, status="403 404", about="media", source=_MEDIA),
    rule("tiktok.429", E.RATE_LIMIT_429, status="429", scope=Scope.CONNECTION, first_wait=60, source=_ERRORS),
    # An access token's end has many words, and one refresh tells; the token endpoint has a table of its own.
    rule(
        "tiktok.401",
        E.AUTH_EXPIRED,
        status="401",
        operation="publish delete health_check",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule("tiktok.upload.range", E.INVALID_REQUEST, status="416", source=_MEDIA),
    rule(
        "tiktok.path",
        E.INVALID_REQUEST,
        status="404 405",
        message=r"^unsupported path\(janus\)",
        source=_TOKENS,
    ),
    # The first open API.
    rule(
        "tiktok.v1.token",
        E.AUTH_EXPIRED,
        code="v1:10008 v1:2190002 v1:2190008",
        scope=Scope.GRANT,
        source=_OPEN,
    ),
    rule("tiktok.v1.code", E.AUTH_INVALID, code="v1:10007", scope=Scope.GRANT, source=_OPEN),
    rule("tiktok.v1.refresh", E.AUTH_REVOKED, code="v1:10010", scope=Scope.GRANT, source=_OPEN),
    rule(
        "tiktok.v1.scope",
        E.PERMISSION_INSUFFICIENT,
        code="v1:20002 v1:2100007 v1:2190003",
        scope=Scope.GRANT,
        source=_OPEN,
    ),
    rule(
        "tiktok.v1.app",
        E.APP_SUSPENDED,
        code="v1:10003 v1:10004 v1:10013 v1:10014 v1:2190004 v1:2190016",
        scope=Scope.APP,
        source=_OPEN,
    ),
    rule("tiktok.v1.params", E.INVALID_REQUEST, code="v1:10002 v1:10005 v1:10006 v1:2100005", source=_OPEN),
    rule("tiktok.v1.busy", E.PARTNER_5XX, code="v1:2100004", proof=False, source=_OPEN_SDK),
    rule(
        "tiktok.v1.banned",
        E.ACCOUNT_ACTION_REQUIRED,
        code="v1:2100009",
        scope=Scope.CONNECTION,
        source=_OPEN,
    ),
    rule(
        "tiktok.v1.quota",
        E.QUOTA_EXCEEDED,
        code="v1:2190001",
        scope=Scope.APP,
        first_wait=3600,
        source=_OPEN,
    ),
    rule("tiktok.v1.file", E.MEDIA_INVALID, code="v1:2190005 v1:2190006 v1:2190007", source=_OPEN),
    # The Business API answers 200 and numbers its codes by the HTTP status that it means.
    rule(
        "tiktok.business.rate",
        E.RATE_LIMIT_429,
        code="business:40100 business:40016 business:51021",
        scope=Scope.APP,
        first_wait=60,
        source="https://github.com/airbytehq/airbyte airbyte-integrations/connectors/source-tiktok-marketing",
    ),
    rule(
        "tiktok.business.expired",
        E.AUTH_EXPIRED,
        code="business:40102",
        scope=Scope.GRANT,
        source=_BUSINESS,
    ),
    rule(
        "tiktok.business.refresh",
        E.AUTH_REVOKED,
        code="business:40103 business:40107",
        scope=Scope.GRANT,
        source=_BUSINESS,
    ),
    rule("tiktok.business.app", E.APP_SUSPENDED, code="business:40101", scope=Scope.APP, source=_BUSINESS),
    rule("tiktok.business.empty", E.INVALID_REQUEST, code="business:40104", source=_BUSINESS),
    rule(
        "tiktok.business.permission",
        E.PERMISSION_INSUFFICIENT,
        code="business:40001",
        scope=Scope.CONNECTION,
        source=_BUSINESS,
    ),
    rule(
        "tiktok.business.permission.text",
        E.PERMISSION_INSUFFICIENT,
        words="said:business",
        message=r"^(no permission|(user|you) (does|do)(n't| not) have permission|permission denied)",
        scope=Scope.CONNECTION,
        source=_BUSINESS,
    ),
    rule("tiktok.business.media", E.MEDIA_INVALID, words="business:409", source=_BUSINESS),
    rule("tiktok.business.auth", E.AUTH_INVALID, words="business:401", scope=Scope.GRANT, source=_BUSINESS),
    rule("tiktok.business.params", E.INVALID_REQUEST, words="business:400", source=_BUSINESS),
    rule(
        "tiktok.business.server",
        E.PARTNER_5XX,
        words="business:500 business:510 business:513 business:407",
        proof=False,
        source=_BUSINESS,
    ),
    rule("tiktok.business.maintenance", E.PARTNER_UNAVAILABLE, words="business:600", source=_BUSINESS),
    # The site's own API.
    rule("tiktok.web.login", E.AUTH_EXPIRED, code="web:8 web:10102", scope=Scope.GRANT, source=_WEB),
    rule("tiktok.web.unavailable", E.PARTNER_UNAVAILABLE, code="web:4 web:-4", proof=False, source=_WEB_POST),
    rule(
        "tiktok.web.params",
        E.INVALID_REQUEST,
        code="web:5 web:10201",
        source="https://github.com/MiniGlome/Tiktok-uploader/issues/21",
    ),
    rule(
        "tiktok.web.policy",
        E.CONTENT_POLICY,
        code="web:3013046",
        source="https://github.com/makiisthenes/TiktokAutoUploader/issues/123",
    ),
    rule("tiktok.web.server", E.PARTNER_5XX, code="web:10101 web:10111", proof=False, source=_WEB),
    rule(
        "tiktok.web.robot",
        E.SPAM_BLOCKED,
        code="web:10000 web:10113 web:10114",
        scope=Scope.CONNECTION,
        source=_WEB,
    ),
    rule("tiktok.web.account", E.ACCOUNT_NOT_FOUND, code="web:10202", source=_WEB),
    rule("tiktok.web.gone", E.RESOURCE_NOT_FOUND, code="web:10204", source=_WEB),
    rule(
        "tiktok.web.banned",
        E.ACCOUNT_ACTION_REQUIRED,
        code="web:10221",
        scope=Scope.CONNECTION,
        source=_WEB,
    ),
    # Numbers that no page lists, by the sentence that came with them.
    rule(
        "tiktok.said.frequent",
        E.RATE_LIMIT_429,
        words="said:v1 said:web said:business",
        message=r"\btoo (frequent|fast|many (requests|attempts)\b)|^maximum number of attempts",
        scope=Scope.CONNECTION,
        first_wait=60,
        source="https://github.com/mgp25/TikTok/issues/14",
    ),
    rule(
        "tiktok.said.login",
        E.AUTH_EXPIRED,
        words="said:v1 said:web",
        message=r"^(login|session) (is |has )?expired|^(user )?not log(ged )?in|^(the )?access[ _]token (is |has )?(invalid|expired)",
        scope=Scope.GRANT,
        source=_WEB,
    ),
    rule(
        "tiktok.said.policy",
        E.CONTENT_POLICY,
        words="said:v1 said:web",
        message=r"\bcommunity guidelines\b",
        source="https://github.com/makiisthenes/TiktokAutoUploader/issues/123",
    ),
    rule(
        "tiktok.said.unavailable",
        E.PARTNER_UNAVAILABLE,
        words="said:v1 said:web",
        message=r"^(server|service|system) is (currently )?(unavailable|busy)|\btry again later\.?$",
        proof=False,
        source=_WEB_POST,
    ),
    rule(
        "tiktok.said.scope",
        E.PERMISSION_INSUFFICIENT,
        words="said:v1",
        message=r"^(the )?user did(n't| not) authorize",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule(
        "tiktok.said.params",
        E.INVALID_REQUEST,
        words="said:v1 said:web",
        message=r"^(invalid|illegal|missing) (parameter|param|request)",
        source="https://github.com/MiniGlome/Tiktok-uploader/issues/21",
    ),
)
