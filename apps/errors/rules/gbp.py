"""Google Business Profile: ErrorInfo reasons first, then quota facts, fields, legacy reasons, status, text."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_REASONS = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_RPC = "https://cloud.google.com/apis/design/errors"
_LEGACY = "https://developers.google.com/workspace/calendar/api/guides/errors"
_LIMITS = "https://developers.google.com/my-business/content/limits"
_OAUTH = "https://developers.google.com/identity/protocols/oauth2"
_CODES = "https://developers.google.com/my-business/reference/rest/Shared.Types/ErrorCode"
_POSTS = "https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts"

RULES = (
    # The token endpoint: the subtype says more than the error.
    rule(
        "gbp.oauth.rapt",
        E.ACCOUNT_ACTION_REQUIRED,
        words="subtype:invalid_rapt subtype:rapt_required",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule("gbp.oauth.server", E.PARTNER_5XX, words="oauth:internal_failure oauth:server_error", source=_OAUTH),
    rule(
        "gbp.oauth.server.text",
        E.PARTNER_5XX,
        operation="refresh oauth",
        message=r"^internal_failure",
        source="googleapis/google-auth-library-python",
    ),
    rule(
        "gbp.oauth.rate", E.RATE_LIMIT_429, words="oauth:rate_limit oauth:rate_limit_exceeded", source=_OAUTH
    ),
    rule(
        "gbp.oauth.code",
        E.AUTH_INVALID,
        words="oauth:invalid_grant",
        operation="oauth",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "gbp.oauth.dead",
        E.AUTH_REVOKED,
        words="oauth:invalid_grant oauth:invalid_token",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "gbp.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:invalid_client oauth:deleted_client oauth:disabled_client oauth:unauthorized_client oauth:org_internal",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "gbp.oauth.policy",
        E.ACCOUNT_ACTION_REQUIRED,
        words="oauth:admin_policy_enforced",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "gbp.oauth.denied",
        E.PERMISSION_INSUFFICIENT,
        words="oauth:access_denied",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "gbp.oauth.request",
        E.INVALID_REQUEST,
        words="oauth:invalid_scope oauth:invalid_request oauth:unsupported_grant_type oauth:redirect_uri_mismatch",
        source=_OAUTH,
    ),
    # Our project.
    rule(
        "gbp.project",
        E.APP_SUSPENDED,
        words="reason:servicedisabled reason:billingdisabled reason:consumersuspended reason:consumerinvalid reason:gcpsuspended reason:userprojectdenied reason:resourceprojectinvalid reason:servicenotvisible reason:apikeyinvalid reason:apikeyserviceblocked reason:apikeyhttpreferrerblocked reason:apikeyipaddressblocked reason:securitypolicyviolated reason:endpointusagerestrictionviolated",
        scope=Scope.APP,
        source=_REASONS,
    ),
    rule("gbp.quota_zero", E.APP_SUSPENDED, words="quota:zero", scope=Scope.APP, source=_LIMITS),
    rule(
        "gbp.not_configured",
        E.APP_SUSPENDED,
        words="legacy:accessnotconfigured",
        scope=Scope.APP,
        source=_LEGACY,
    ),
    rule(
        "gbp.not_used",
        E.APP_SUSPENDED,
        message=r"has not been used in project|it is disabled\. enable it",
        scope=Scope.APP,
        source=_REASONS,
    ),
    # Limits.
    rule(
        "gbp.quota_day",
        E.QUOTA_EXCEEDED,
        words="quota:day reason:resourcequotaexceeded reason:quotaexceeded reason:dailylimitexceeded legacy:quotaexceeded legacy:dailylimitexceeded",
        scope=Scope.APP,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "gbp.quota_day.text",
        E.QUOTA_EXCEEDED,
        words="status:resource_exhausted legacy:ratelimitexceeded",
        message=r"per day",
        scope=Scope.APP,
        first_wait=3600,
        source=_LIMITS,
    ),
    rule(
        "gbp.rate",
        E.RATE_LIMIT_429,
        words="reason:ratelimitexceeded legacy:ratelimitexceeded legacy:userratelimitexceeded status:resource_exhausted",
        scope=Scope.APP,
        first_wait=60,
        source=_LIMITS,
    ),
    # The account.
    rule(
        "gbp.token_expired",
        E.AUTH_EXPIRED,
        words="reason:accesstokenexpired",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "gbp.scope",
        E.PERMISSION_INSUFFICIENT,
        words="reason:accesstokenscopeinsufficient legacy:insufficientpermissions",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "gbp.account_state",
        E.ACCOUNT_ACTION_REQUIRED,
        words="reason:accountstateinvalid reason:userblockedbyadmin reason:orgrestrictionviolation reason:accounttypeunsupported",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "gbp.credentials",
        E.AUTH_INVALID,
        words="reason:accesstokentypeunsupported reason:credentialsmissing reason:sessioncookieinvalid reason:jwttokeninvalid reason:credentialtypeunsupported reason:overloadedcredentials",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "gbp.iam",
        E.PERMISSION_INSUFFICIENT,
        words="reason:iampermissiondenied",
        scope=Scope.CONNECTION,
        source=_REASONS,
    ),
    rule(
        "gbp.policy",
        E.INVALID_REQUEST,
        words="reason:locationtaxpolicyviolated reason:locationpolicyviolated reason:systemparameterunsupported",
        source=_REASONS,
    ),
    # The post.
    rule("gbp.rejected", E.CONTENT_POLICY, words="state:rejected", source=_POSTS),
    rule("gbp.media", E.MEDIA_INVALID, words="field:media", source=_CODES),
    rule("gbp.field", E.CONTENT_INVALID, words="field:content", source=_CODES),
    rule(
        "gbp.unverified",
        E.ACCOUNT_ACTION_REQUIRED,
        message=r"local post is not authori[sz]ed for this location",
        scope=Scope.CONNECTION,
        source=_POSTS,
    ),
    rule("gbp.method", E.API_VERSION_DEPRECATED, message=r"^method not found", scope=Scope.APP, source=_RPC),
    rule("gbp.html_404", E.INVALID_REQUEST, status="404", html=True, source="gitroomhq/postiz-app#1964"),
    rule(
        "gbp.location_gone",
        E.ACCOUNT_NOT_FOUND,
        words="status:not_found legacy:notfound",
        about="account",
        scope=Scope.CONNECTION,
        source=_RPC,
    ),
    rule(
        "gbp.user_location", E.CAPABILITY_UNSUPPORTED, message=r"^user location is not supported", source=_RPC
    ),
    rule(
        "gbp.auth",
        E.AUTH_EXPIRED,
        words="status:unauthenticated legacy:autherror",
        scope=Scope.GRANT,
        source=_RPC,
    ),
    rule(
        "gbp.login_required",
        E.AUTH_INVALID,
        status="401",
        words="legacy:required",
        scope=Scope.GRANT,
        source=_LEGACY,
    ),
    rule(
        "gbp.denied",
        E.PERMISSION_INSUFFICIENT,
        words="status:permission_denied legacy:forbidden",
        scope=Scope.CONNECTION,
        source=_RPC,
    ),
    rule(
        "gbp.deleted",
        E.RESOURCE_NOT_FOUND,
        words="status:not_found legacy:notfound legacy:deleted",
        source=_RPC,
    ),
    rule(
        "gbp.duplicate", E.DUPLICATE_CONTENT, words="legacy:duplicate status:already_exists", source=_LEGACY
    ),
    rule(
        "gbp.conflict",
        E.RESOURCE_CONFLICT,
        words="legacy:conflict legacy:conditionnotmet status:failed_precondition status:aborted",
        source=_RPC,
    ),
    rule(
        "gbp.argument",
        E.INVALID_REQUEST,
        words="status:invalid_argument status:out_of_range legacy:badrequest legacy:invalid legacy:invalidparameter legacy:required",
        source=_RPC,
    ),
    rule(
        "gbp.internal",
        E.PARTNER_5XX,
        words="status:internal status:unknown status:data_loss status:cancelled legacy:backenderror legacy:internalerror",
        proof=False,
        source=_RPC,
    ),
    rule(
        "gbp.unimplemented",
        E.API_VERSION_DEPRECATED,
        words="status:unimplemented",
        scope=Scope.APP,
        source=_RPC,
    ),
    rule("gbp.unavailable", E.PARTNER_UNAVAILABLE, words="status:unavailable", source=_RPC),
    rule("gbp.deadline", E.PARTNER_TIMEOUT, words="status:deadline_exceeded", proof=False, source=_RPC),
)
