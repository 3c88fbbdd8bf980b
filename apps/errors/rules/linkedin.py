"""LinkedIn, versioned REST API. 422 messages echo the author's own text: patterns are anchored."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_ERRORS = "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling"
_MARKETING = "https://learn.microsoft.com/linkedin/marketing/error-responses"
_OAUTH = "https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow"
_REFRESH = "https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens"
_INSPECT = "https://learn.microsoft.com/linkedin/shared/authentication/token-introspection"
_POSTS = "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api"
_IMAGES = "https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api"
_VIDEOS = "https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api"
_ASSETS = "https://learn.microsoft.com/linkedin/marketing/community-management/shares/vector-asset-api"
_VERSIONS = "https://learn.microsoft.com/linkedin/marketing/versioning"
_LIMITS = "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits"

# A token works a few seconds after it was issued; until then it is called revoked.
_SETTLES = 60

RULES = (
    rule("linkedin.65604", E.INVALID_REQUEST, code="65604", source=_ERRORS),
    rule("linkedin.empty_token", E.INVALID_REQUEST, words="empty_access_token", source=_MARKETING),
    rule(
        "linkedin.empty_token.text",
        E.INVALID_REQUEST,
        status="401",
        message=r"^(empty oauth2_access_token|unknown authentication schem[ae]|mul?tiple authentication schemes)",
        source=_ERRORS,
    ),
    rule("linkedin.65600", E.AUTH_INVALID, code="65600", scope=Scope.GRANT, source=_ERRORS),
    rule(
        "linkedin.65601.young",
        E.PARTNER_5XX,
        code="65601",
        token_younger=_SETTLES,
        first_wait=5,
        source="https://github.com/decioferreira/omniauth-linkedin-oauth2/issues/81",
    ),
    rule("linkedin.65601", E.AUTH_REVOKED, code="65601", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.65602", E.AUTH_EXPIRED, code="65602", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.65608", E.ACCOUNT_ACTION_REQUIRED, code="65608", scope=Scope.GRANT, source=_ERRORS),
    rule("linkedin.expired", E.AUTH_EXPIRED, words="expired_access_token", scope=Scope.GRANT, source=_ERRORS),
    rule(
        "linkedin.revoked.young",
        E.PARTNER_5XX,
        words="revoked_access_token",
        token_younger=_SETTLES,
        first_wait=5,
        source="https://github.com/decioferreira/omniauth-linkedin-oauth2/issues/81",
    ),
    rule("linkedin.revoked", E.AUTH_REVOKED, words="revoked_access_token", scope=Scope.GRANT, source=_ERRORS),
    rule(
        "linkedin.invalid_token",
        E.AUTH_INVALID,
        words="invalid_access_token",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule(
        "linkedin.restricted",
        E.ACCOUNT_ACTION_REQUIRED,
        words="restricted_member",
        scope=Scope.GRANT,
        source=_MARKETING,
    ),
    # What introspection says of a token, under status 200.
    rule("linkedin.token.expired", E.AUTH_EXPIRED, words="token:expired", scope=Scope.GRANT, source=_INSPECT),
    rule("linkedin.token.revoked", E.AUTH_REVOKED, words="token:revoked", scope=Scope.GRANT, source=_INSPECT),
    rule("linkedin.token.unknown", E.AUTH_INVALID, words="token:unknown", scope=Scope.GRANT, source=_INSPECT),
    # The token endpoint: a dead refresh token comes as invalid_request, only the description tells.
    rule(
        "linkedin.oauth.code",
        E.AUTH_INVALID,
        status="400 401",
        operation="oauth",
        message=r"^the provided authorization (grant|code)\b",
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.dead",
        E.AUTH_REVOKED,
        status="400 401",
        message=r"^the provided authorization grant or refresh token is invalid|^(the )?refresh token (is |has )?(been )?(invalid|expired|revoked|not valid)",
        scope=Scope.GRANT,
        source=_REFRESH,
    ),
    rule(
        "linkedin.oauth.retrieve",
        E.AUTH_INVALID,
        status="400 401",
        message=r"^(missing required parameters, .{0,80} more th[ae]n once\. : )?unable to retrieve access token",
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.bad_code",
        E.AUTH_INVALID,
        status="400 401",
        message=r"^missing required parameters, .{0,80} more th[ae]n once\. : code\b",
        source="https://github.com/emorikawa/linkedin-oauth2 spec/vcr_cassettes/bad_code.yml",
    ),
    rule(
        "linkedin.oauth.cancelled",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:user_cancelled_login oauth:user_cancelled_authorize",
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.refused",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:access_denied",
        message=r"^the (user|member|resource owner) (denied|cancell?ed|refused)",
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:invalid_client_id oauth:unauthorized_scope_error oauth:access_denied",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.app.text",
        E.APP_SUSPENDED,
        status="400 401 403",
        message=r"^(client authentication failed|the passed in client_(id|secret) is invalid|this application is not allowed)",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "linkedin.oauth.redirect",
        E.INVALID_REQUEST,
        words="oauth:invalid_redirect_uri",
        source="https://github.com/d3xt3r2909/linkedin_login/issues/75",
    ),
    # Versions: a sunset one breaks every tenant on one day.
    rule(
        "linkedin.version",
        E.API_VERSION_DEPRECATED,
        words="nonexistent_version",
        scope=Scope.APP,
        source=_VERSIONS,
    ),
    rule(
        "linkedin.version.text",
        E.API_VERSION_DEPRECATED,
        status="400 404 426",
        message=r"^requested version \S{1,20} is not active",
        scope=Scope.APP,
        source="https://github.com/n8n-io/n8n/issues/14706",
    ),
    rule("linkedin.426", E.API_VERSION_DEPRECATED, status="426", scope=Scope.APP, source=_VERSIONS),
    rule("linkedin.version_missing", E.INVALID_REQUEST, words="version_missing", source=_VERSIONS),
    # Limits: the text tells whose, and for how long. The gateway refuses before the service is asked, so the
    # sentence proves that nothing was posted; a 429 without it proves nothing.
    rule(
        "linkedin.429.app_day",
        E.QUOTA_EXCEEDED,
        status="400 403 429",
        message=r"^resource level throttle application day limit",
        scope=Scope.APP,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "linkedin.429.day",
        E.QUOTA_EXCEEDED,
        status="400 403 429",
        message=r"^resource level throttle .{0,60}\bday limit",
        scope=Scope.GRANT,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "linkedin.403.throttle",
        E.QUOTA_EXCEEDED,
        status="400 403 429",
        message=r"^throttle limit for calls to this resource is reached",
        scope=Scope.GRANT,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "linkedin.429.throttle",
        E.RATE_LIMIT_429,
        status="429",
        message=r"^resource level throttle\b",
        scope=Scope.GRANT,
        first_wait=60,
        source=_LIMITS,
    ),
    rule(
        "linkedin.429",
        E.RATE_LIMIT_429,
        status="429",
        scope=Scope.GRANT,
        first_wait=60,
        proof=False,
        source=_LIMITS,
    ),
    rule(
        "linkedin.too_many",
        E.RATE_LIMIT_429,
        words="too_many_requests",
        scope=Scope.GRANT,
        first_wait=60,
        proof=False,
        source=_MARKETING,
    ),
    # LinkedIn's own status for callers that it takes for robots.
    rule(
        "linkedin.999",
        E.SPAM_BLOCKED,
        status="999",
        proof=True,
        scope=Scope.CONNECTION,
        source="https://github.com/gjtorikian/html-proofer/issues/215",
    ),
    # Posts.
    rule("linkedin.duplicate", E.DUPLICATE_CONTENT, words="duplicate_post", source=_POSTS),
    rule(
        "linkedin.duplicate.text",
        E.DUPLICATE_CONTENT,
        status="400 409 422",
        message=r"^(content is a duplicate of urn:li:(share|ugcpost|activity|post|article)\b|do not post duplicate content)",
        source=_POSTS,
    ),
    # A duplicate of something that is no post: there is nothing to adopt.
    rule(
        "linkedin.duplicate.other",
        E.INVALID_REQUEST,
        status="400 409 422",
        message=r"^content is a duplicate of urn:li:",
        source=_POSTS,
    ),
    rule(
        "linkedin.unpermitted",
        E.INVALID_REQUEST,
        status="400 403 422",
        message=r"^unpermitted fields present in",
        source="https://github.com/artesaos/laravel-linkedin/issues/20",
    ),
    rule(
        "linkedin.author",
        E.PERMISSION_INSUFFICIENT,
        status="400 403",
        message=r"^field value validation failed[^\[]{0,200}\[\S{0,120}/(author|owner|actor)\]",
        scope=Scope.CONNECTION,
        source=_POSTS,
    ),
    rule(
        "linkedin.organization",
        E.PERMISSION_INSUFFICIENT,
        status="400 401 403",
        message=r"^(organization|member) permissions must be used",
        scope=Scope.CONNECTION,
        source=_POSTS,
    ),
    rule(
        "linkedin.media_forbidden",
        E.PERMISSION_INSUFFICIENT,
        status="400 403",
        message=r"^accessing this \w{1,20} resource is forbidden",
        source=_IMAGES,
    ),
    rule(
        "linkedin.denied",
        E.PERMISSION_INSUFFICIENT,
        words="access_denied",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    # v1 gave its denials under 401, too.
    rule(
        "linkedin.denied.text",
        E.PERMISSION_INSUFFICIENT,
        status="400 401 403",
        message=r"^(not enough permissions to access|insufficient permissions|access to .{1,80} denied)",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    rule(
        "linkedin.person",
        E.CAPABILITY_UNSUPPORTED,
        status="400 403 422",
        message=r"^owner entity type \w{1,30} is not supported",
        source="https://github.com/Arisamiga/Linkedin-RSS/issues/5",
    ),
    # Media.
    rule(
        "linkedin.media.failed",
        E.MEDIA_INVALID,
        words="media_asset_processing_failed state:processing_failed state:client_error state:incomplete",
        source=_VIDEOS,
    ),
    rule(
        "linkedin.media.failed.text",
        E.MEDIA_INVALID,
        status="400 422",
        message=r"^(the )?(media )?(asset|image|video|document)\b.{0,120}\b(failed processing|processing[ _]failed)",
        source=_POSTS,
    ),
    rule(
        "linkedin.media.wait",
        E.MEDIA_NOT_READY,
        words="media_asset_waiting_upload processing expired_upload_url state:waiting_upload state:processing state:mutating",
        source=_VIDEOS,
    ),
    rule(
        "linkedin.media.wait.text",
        E.MEDIA_NOT_READY,
        status="400 422",
        message=r"^(the )?(media )?(asset|image|video|document)\b.{0,120}\b(waiting[ _]upload|upload url is expired|still (being )?process|not (yet )?(ready|available))",
        source=_POSTS,
    ),
    rule("linkedin.asset", E.PARTNER_5XX, words="updating_asset_failed state:server_error", source=_ASSETS),
    # The author's text and links.
    rule(
        "linkedin.too_long",
        E.CONTENT_INVALID,
        words="field_length_too_long invalid_value_blank_field invalid_url",
        source=_POSTS,
    ),
    rule(
        "linkedin.too_long.text",
        E.CONTENT_INVALID,
        status="400 422",
        message=r"^(index: \d{1,6}, )?error :: /\S{1,200} :: (length of|(value |text )?(length )?(is too long|exceeds))",
        source="https://linkedin.github.io/rest.li/Validation-in-Rest_li",
    ),
    rule(
        "linkedin.length",
        E.CONTENT_INVALID,
        status="400 422",
        message=r"^(the )?[\w/.]{1,60} (length exceeds|exceeds the (maximum|max|allowed))",
        source=_POSTS,
    ),
    rule(
        "linkedin.link",
        E.CONTENT_INVALID,
        status="400",
        message=r"^'submitted-(image-)?url'",
        source="https://github.com/ozgur/python-linkedin/pull/76",
    ),
    rule("linkedin.unprocessable", E.CONTENT_INVALID, words="unprocessable_entity", source=_POSTS),
    # Our own mistakes.
    rule(
        "linkedin.schema",
        E.INVALID_REQUEST,
        status="400 422",
        message=r"^(index: \d{1,6}, )?error :: /",
        source=_ERRORS,
    ),
    rule(
        "linkedin.argument",
        E.INVALID_REQUEST,
        words="illegal_argument invalid_urn_type invalid_urn_id invalid_image_id invalid_video_id invalid_call_to_action missing_field invalid_value_for_field",
        source=_POSTS,
    ),
    rule(
        "linkedin.route",
        E.INVALID_REQUEST,
        status="400 404",
        message=r"^no virtual resource found",
        source=_ERRORS,
    ),
    rule(
        "linkedin.route.gone",
        E.API_VERSION_DEPRECATED,
        status="404 410",
        message=r"^resource \S{1,80} does not exist|^this (resource|api|endpoint|method)\b.{0,60}(no longer|deprecated|sunset)",
        scope=Scope.APP,
        source=_VERSIONS,
    ),
    rule(
        "linkedin.content_type",
        E.INVALID_REQUEST,
        status="415",
        message=r"^\S{0,20} ?(content-?type|mime type)",
        source=_ERRORS,
    ),
    rule("linkedin.405", E.INVALID_REQUEST, status="405 411 414", source=_ERRORS),
    rule(
        "linkedin.409",
        E.PARTNER_5XX,
        status="409",
        message=r"^(conflict\W{0,5})?(please )?retry the request",
        source=_MARKETING,
    ),
    # What a new post is asked for before all of LinkedIn knows of it.
    rule(
        "linkedin.activity",
        E.PARTNER_5XX,
        status="400 404 422 500",
        message=r"^unable to obtain activity",
        proof=False,
        source="https://github.com/gitroomhq/postiz-app libraries/nestjs-libraries/src/integrations/social/linkedin.provider.ts",
    ),
    rule(
        "linkedin.404.account",
        E.ACCOUNT_NOT_FOUND,
        status="404 410",
        about="account",
        scope=Scope.CONNECTION,
        source=_ERRORS,
    ),
    rule(
        "linkedin.404.account.text",
        E.ACCOUNT_NOT_FOUND,
        status="404 410",
        message=r"^(the )?(organization|company|urn:li:organization:\d{1,20})\b.{0,60}\b(not found|does not exist)|^(could not|couldn't|unable to) find (the )?(organization|company)\b",
        scope=Scope.CONNECTION,
        source="https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-lookup-api",
    ),
    # Tokens by their text alone, in the words of v1 and v2.
    rule(
        "linkedin.401.expired",
        E.AUTH_EXPIRED,
        status="401",
        message=r"^(the |your )?(access |oauth2? )?token\b.{0,60}\bexpired|^expired access token",
        scope=Scope.GRANT,
        source="https://github.com/hybridauth/hybridauth/issues/258",
    ),
    rule(
        "linkedin.401.revoked.young",
        E.PARTNER_5XX,
        status="401",
        message=r"^(the |your )?(access )?token\b.{0,60}\brevoked",
        token_younger=_SETTLES,
        first_wait=5,
        source="https://github.com/decioferreira/omniauth-linkedin-oauth2/issues/81",
    ),
    rule(
        "linkedin.401.revoked",
        E.AUTH_REVOKED,
        status="401",
        message=r"^(the |your )?(access )?token\b.{0,60}\brevoked",
        scope=Scope.GRANT,
        source=_ERRORS,
    ),
    rule(
        "linkedin.401.restricted",
        E.ACCOUNT_ACTION_REQUIRED,
        status="401 403",
        message=r"^(the )?(member|account)( account)? is restricted",
        scope=Scope.GRANT,
        source=_MARKETING,
    ),
    # The service's own words where a proxy or an SDK changed the status.
    rule("linkedin.internal", E.PARTNER_5XX, words="internal_server_error", proof=False, source=_MARKETING),
    rule(
        "linkedin.unavailable",
        E.PARTNER_UNAVAILABLE,
        words="service_unavailable",
        proof=False,
        source=_MARKETING,
    ),
    rule("linkedin.timeout", E.PARTNER_TIMEOUT, words="gateway_timeout", proof=False, source=_MARKETING),
)
