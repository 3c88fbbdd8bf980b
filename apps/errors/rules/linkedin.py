"""LinkedIn, versioned REST API. 422 messages echo the author's own text: patterns are anchored."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ERRORS = "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling"
_OAUTH = "https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow"
_REFRESH = "https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens"
_POSTS = "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api"
_VERSIONS = "https://learn.microsoft.com/linkedin/marketing/versioning"
_LIMITS = "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits"

RULES = (
    rule("linkedin.65604", E.INVALID_REQUEST, code="65604", source=_ERRORS),
    rule("linkedin.empty_token", E.INVALID_REQUEST, message=r"^empty oauth2_access_token", source=_ERRORS),
    rule("linkedin.65600", E.AUTH_INVALID, code="65600", scope=Scope.GRANT, source=_ERRORS),
    # A token of a few seconds is not known everywhere yet.
    rule("linkedin.65601.young", E.PARTNER_5XX, code="65601", token_younger=60, source=_ERRORS),
    rule("linkedin.65601", E.AUTH_REVOKED, code="65601", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.65602", E.AUTH_EXPIRED, code="65602", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.65608", E.ACCOUNT_ACTION_REQUIRED, code="65608", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.expired", E.AUTH_EXPIRED, words="expired_access_token", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.revoked", E.AUTH_REVOKED, words="revoked_access_token", scope=Scope.GRANT, source=_ERRORS),
    rule(
        "linkedin.invalid_token",
        E.AUTH_INVALID,
        words="invalid_access_token",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    # The token endpoint: a dead refresh token comes as invalid_request, only the description tells.
    rule(
        "linkedin.oauth.dead",
        E.AUTH_REVOKED,
        message=r"^the provided authorization grant or refresh token is invalid",
        scope=Scope.GRANT,
        source=_REFRESH,
    ),
    rule(
        "linkedin.oauth.refresh_revoked",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant",
        operation="refresh",
        scope=Scope.GRANT,
        source=_REFRESH,
    ),
    rule("linkedin.oauth.code", E.AUTH_INVALID, words="oauth:invalid_grant", source=_OAUTH),
    rule(
        "linkedin.oauth.retrieve", E.AUTH_INVALID, message=r"^unable to retrieve access token", source=_OAUTH
    ),
    rule(
        "linkedin.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:invalid_client_id oauth:invalid_client oauth:unauthorized_client oauth:unauthorized_scope_error oauth:access_denied",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.request",
        E.INVALID_REQUEST,
        words="oauth:invalid_request oauth:unsupported_grant_type oauth:invalid_scope oauth:invalid_redirect_uri",
        source=_OAUTH,
    ),
    rule(
        "linkedin.version",
        E.API_VERSION_DEPRECATED,
        words="nonexistent_version",
        scope=Scope.APP,
        source=_VERSIONS,
    ),
    rule("linkedin.conflict", E.PARTNER_5XX, words="conflict", status="409", source=_ERRORS),
    rule("linkedin.426", E.API_VERSION_DEPRECATED, status="426", scope=Scope.APP, source=_VERSIONS),
    rule("linkedin.version_missing", E.INVALID_REQUEST, words="version_missing", source=_VERSIONS),
    # Limits: the text tells whose, and for how long.
    rule(
        "linkedin.429.app_day",
        E.QUOTA_EXCEEDED,
        status="429",
        message=r"throttle application day limit",
        scope=Scope.APP,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "linkedin.429.day",
        E.QUOTA_EXCEEDED,
        status="429",
        message=r"\bday limit\b",
        scope=Scope.GRANT,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "linkedin.403.throttle",
        E.QUOTA_EXCEEDED,
        message=r"^throttle limit for calls to this resource is reached",
        scope=Scope.GRANT,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule("linkedin.429", E.RATE_LIMIT_429, status="429", scope=Scope.GRANT, first_wait=60, source=_LIMITS),
    # Posts.
    rule("linkedin.duplicate", E.DUPLICATE_CONTENT, words="duplicate_post", source=_POSTS),
    rule(
        "linkedin.duplicate.text",
        E.DUPLICATE_CONTENT,
        status="409 422",
        message=r"^content is a duplicate of urn:li:",
        source=_POSTS,
    ),
    rule(
        "linkedin.unpermitted", E.INVALID_REQUEST, message=r"^unpermitted fields present in", source=_ERRORS
    ),
    rule(
        "linkedin.author",
        E.PERMISSION_INSUFFICIENT,
        status="403",
        message=r"^field value validation failed.*(/author|/owner)",
        scope=Scope.CONNECTION,
        source=_POSTS,
    ),
    rule(
        "linkedin.organization",
        E.PERMISSION_INSUFFICIENT,
        message=r"^(organization|member) permissions must be used",
        scope=Scope.CONNECTION,
        source=_POSTS,
    ),
    rule(
        "linkedin.image_forbidden",
        E.PERMISSION_INSUFFICIENT,
        message=r"^accessing this image resource is forbidden",
        source=_POSTS,
    ),
    rule(
        "linkedin.denied",
        E.PERMISSION_INSUFFICIENT,
        words="access_denied",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    rule(
        "linkedin.denied.text",
        E.PERMISSION_INSUFFICIENT,
        message=r"^not enough permissions to access",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    rule(
        "linkedin.person",
        E.CAPABILITY_UNSUPPORTED,
        message=r"^owner entity type person is not supported",
        source=_POSTS,
    ),
    rule("linkedin.media.failed", E.MEDIA_INVALID, words="media_asset_processing_failed", source=_POSTS),
    rule(
        "linkedin.media.wait",
        E.MEDIA_NOT_READY,
        words="media_asset_waiting_upload media_asset_processing processing expired_upload_url",
        source=_POSTS,
    ),
    rule("linkedin.asset", E.PARTNER_5XX, words="updating_asset_failed", source=_POSTS),
    rule(
        "linkedin.too_long",
        E.CONTENT_INVALID,
        words="field_length_too_long invalid_value_blank_field",
        source=_POSTS,
    ),
    rule(
        "linkedin.too_long.text",
        E.CONTENT_INVALID,
        message=r"^error :: /commentary ::.*(length|too long|exceed)",
        source=_POSTS,
    ),
    rule("linkedin.schema", E.INVALID_REQUEST, message=r"^error :: /", source=_ERRORS),
    rule(
        "linkedin.argument",
        E.INVALID_REQUEST,
        words="illegal_argument invalid_urn_type invalid_urn_id missing_field invalid_value_for_field",
        source=_ERRORS,
    ),
    rule("linkedin.409", E.PARTNER_5XX, status="409", message=r"^retry the request", source=_ERRORS),
    rule(
        "linkedin.404.route",
        E.INVALID_REQUEST,
        message=r"^no virtual resource found|^resource \S+ does not exist",
        source=_ERRORS,
    ),
    rule(
        "linkedin.410.v1",
        E.API_VERSION_DEPRECATED,
        message=r"^this resource is no longer available under v1",
        scope=Scope.APP,
        source=_VERSIONS,
    ),
    rule(
        "linkedin.404.account",
        E.ACCOUNT_NOT_FOUND,
        status="404",
        about="account",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    rule(
        "linkedin.401.expired",
        E.AUTH_EXPIRED,
        status="401",
        message=r"^(the )?(access |oauth2? )?token.*expired|^expired access token",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule(
        "linkedin.401.revoked",
        E.AUTH_REVOKED,
        status="401",
        message=r"^(the )?(access )?token.*revoked",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule("linkedin.405", E.INVALID_REQUEST, status="405 411 414", source=_ERRORS),
)
