"""What every Google API says, token endpoint first; import sources read Search Console, Merchant and others."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_REASONS = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_RPC = "https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto"
_DETAILS = "https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto"
_LEGACY = "https://developers.google.com/youtube/v3/docs/core_errors"
_CALENDAR = "https://developers.google.com/workspace/calendar/api/guides/errors"
_CONSOLE = "https://developers.google.com/webmaster-tools/limits"
_MERCHANT = "https://developers.google.com/merchant/api/guides/compatibility/error-handling"
_KEYS = "https://cloud.google.com/docs/authentication/api-keys"
_OAUTH = "https://developers.google.com/identity/protocols/oauth2"
_FRONT_END = "https://github.com/gitroomhq/postiz-app/issues/1964"

# What is said of us, not of the account or the post: asked first, also by other tables.
OURS = (
    # The token endpoint: the subtype says more than the error.
    rule(
        "google_api.oauth.rapt",
        E.ACCOUNT_ACTION_REQUIRED,
        words="subtype:invalid_rapt subtype:rapt_required oauth:rapt_required",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "google_api.oauth.server",
        E.PARTNER_5XX,
        words="oauth:internal_failure",
        source="googleapis/google-auth-library-python:google/oauth2/_client.py",
    ),
    rule(
        "google_api.oauth.server.text",
        E.PARTNER_5XX,
        status="400 500 503",
        operation="refresh oauth revoke",
        message=r"^(?:internal_failure|server_error)$",
        source="googleapis/google-auth-library-python:tests/oauth2/test__client.py",
    ),
    rule(
        "google_api.oauth.revoked",
        E.AUTH_REVOKED,
        words="oauth:invalid_token",
        operation="refresh oauth revoke",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    rule(
        "google_api.oauth.app",
        E.APP_SUSPENDED,
        words="oauth:deleted_client oauth:disabled_client oauth:org_internal oauth:restricted_client",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "google_api.oauth.policy",
        E.ACCOUNT_ACTION_REQUIRED,
        words="oauth:admin_policy_enforced",
        scope=Scope.GRANT,
        source=_OAUTH,
    ),
    # Our project.
    rule(
        "google_api.project",
        E.APP_SUSPENDED,
        words="reason:servicedisabled reason:billingdisabled reason:consumersuspended reason:consumerinvalid reason:gcpsuspended reason:userprojectdenied reason:resourceprojectinvalid reason:servicenotvisible reason:apikeyinvalid reason:apikeyserviceblocked reason:apikeyhttpreferrerblocked reason:apikeyipaddressblocked reason:apikeyandroidappblocked reason:apikeyiosappblocked reason:securitypolicyviolated reason:endpointusagerestrictionviolated",
        scope=Scope.APP,
        source=_REASONS,
    ),
    rule("google_api.quota_zero", E.APP_SUSPENDED, words="quota:zero", scope=Scope.APP, source=_DETAILS),
    rule(
        "google_api.not_configured",
        E.APP_SUSPENDED,
        words="reason:accessnotconfigured reason:keyinvalid reason:keyexpired reason:iprefererblocked reason:dailylimitexceededunreg",
        scope=Scope.APP,
        source=_LEGACY,
    ),
    rule(
        "google_api.not_used",
        E.APP_SUSPENDED,
        status="400 403",
        message=r"has not been used in project|\bapi (?:is |has been )?disabled\b|it is disabled\. enable it|^access not configured|^consumer .{0,80}has been suspended|project is not (?:authorized|registered|approved|allowed)",
        scope=Scope.APP,
        source="https://github.com/googleapis/google-api-php-client/issues/2215",
    ),
    rule(
        "google_api.key",
        E.APP_SUSPENDED,
        status="400 403",
        message=r"^api key (?:not valid|not found|expired)",
        scope=Scope.APP,
        source=_KEYS,
    ),
    rule(
        "google_api.unregistered",
        E.APP_SUSPENDED,
        status="401 403",
        message=r"gcp project .{0,80}is not registered",
        scope=Scope.APP,
        source="https://developers.google.com/merchant/api/guides/quickstart#register_as_a_developer",
    ),
    # Limits.
    rule(
        "google_api.quota_day",
        E.QUOTA_EXCEEDED,
        words="quota:day reason:resourcequotaexceeded reason:quotaexceeded reason:dailylimitexceeded reason:variabletermexpireddailyexceeded reason:limitexceeded reason:quotaexceeded402 reason:dailylimitexceeded402",
        scope=Scope.APP,
        first_wait=3600,
        source=_LEGACY,
    ),
    rule(
        "google_api.quota_day.text",
        E.QUOTA_EXCEEDED,
        words="status:resource_exhausted reason:ratelimitexceeded reason:userratelimitexceeded",
        message=r"\bper day\b|\bdaily (?:limit|quota)",
        scope=Scope.APP,
        first_wait=3600,
        source=_CONSOLE,
    ),
    rule(
        "google_api.rate",
        E.RATE_LIMIT_429,
        words="reason:ratelimitexceeded reason:userratelimitexceeded reason:ratelimitexceededunreg reason:userratelimitexceededunreg reason:concurrentlimitexceeded reason:servinglimitexceeded reason:throttled status:resource_exhausted",
        scope=Scope.APP,
        first_wait=60,
        source=_CALENDAR,
    ),
)

THEIRS = (
    # The account behind the token.
    rule(
        "google_api.token_expired",
        E.AUTH_EXPIRED,
        words="reason:accesstokenexpired reason:expired",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "google_api.scope",
        E.PERMISSION_INSUFFICIENT,
        words="reason:accesstokenscopeinsufficient reason:insufficientpermissions reason:insufficientscopes",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "google_api.scope.text",
        E.PERMISSION_INSUFFICIENT,
        status="401 403",
        message=r"insufficient authentication scopes",
        scope=Scope.GRANT,
        source=_RPC,
    ),
    rule(
        "google_api.account_state",
        E.ACCOUNT_ACTION_REQUIRED,
        words="reason:accountstateinvalid reason:userblockedbyadmin reason:orgrestrictionviolation reason:accounttypeunsupported reason:accountdeleted reason:accountdisabled reason:accountunverified reason:domainpolicy",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "google_api.credentials",
        E.AUTH_INVALID,
        words="reason:accesstokentypeunsupported reason:credentialsmissing reason:sessioncookieinvalid reason:jwttokeninvalid reason:credentialtypeunsupported reason:overloadedcredentials",
        scope=Scope.GRANT,
        source=_REASONS,
    ),
    rule(
        "google_api.no_credentials",
        E.AUTH_INVALID,
        status="401 403",
        message=r"^request is missing required authentication credential|doesn't allow unregistered callers",
        scope=Scope.GRANT,
        source=_RPC,
    ),
    rule(
        "google_api.login_required",
        E.AUTH_INVALID,
        status="401",
        words="reason:required",
        scope=Scope.GRANT,
        source=_LEGACY,
    ),
    rule(
        "google_api.auth",
        E.AUTH_EXPIRED,
        words="status:unauthenticated reason:autherror reason:unauthorized",
        scope=Scope.GRANT,
        source=_RPC,
    ),
    rule(
        "google_api.iam",
        E.PERMISSION_INSUFFICIENT,
        words="reason:iampermissiondenied",
        scope=Scope.CONNECTION,
        source=_REASONS,
    ),
    rule(
        "google_api.policy",
        E.INVALID_REQUEST,
        words="reason:locationtaxpolicyviolated reason:locationpolicyviolated reason:locationorgpolicyviolated reason:systemparameterunsupported",
        source=_REASONS,
    ),
    rule(
        "google_api.denied",
        E.PERMISSION_INSUFFICIENT,
        words="status:permission_denied reason:forbidden reason:forbiddenfornonorganizer reason:insufficientaudience reason:insufficientauthorizedparty reason:lockeddomainforbidden",
        scope=Scope.CONNECTION,
        source=_RPC,
    ),
    # What was asked for.
    rule(
        "google_api.method",
        E.API_VERSION_DEPRECATED,
        status="404",
        message=r"^method not found",
        scope=Scope.APP,
        source="https://github.com/googleapis/google-api-php-client/issues/1870",
    ),
    rule("google_api.page_404", E.INVALID_REQUEST, status="404", html=True, source=_FRONT_END),
    rule(
        "google_api.account_gone",
        E.ACCOUNT_NOT_FOUND,
        words="status:not_found reason:notfound",
        about="account",
        scope=Scope.CONNECTION,
        source=_RPC,
    ),
    rule(
        "google_api.account_gone.health",
        E.ACCOUNT_NOT_FOUND,
        words="status:not_found reason:notfound",
        operation="health_check",
        about="nothing",
        scope=Scope.CONNECTION,
        source=_RPC,
    ),
    rule(
        "google_api.missing",
        E.RESOURCE_NOT_FOUND,
        words="status:not_found reason:notfound reason:deleted",
        source=_CALENDAR,
    ),
    rule(
        "google_api.user_location",
        E.CAPABILITY_UNSUPPORTED,
        status="400",
        message=r"^user location is not supported",
        source="https://ai.google.dev/gemini-api/docs/troubleshooting",
    ),
    rule(
        "google_api.duplicate",
        E.DUPLICATE_CONTENT,
        words="reason:duplicate reason:alreadyexists status:already_exists",
        source=_RPC,
    ),
    rule(
        "google_api.conflict",
        E.RESOURCE_CONFLICT,
        words="reason:conflict reason:conditionnotmet reason:preconditionrequired reason:staledata status:failed_precondition status:aborted",
        source=_CALENDAR,
    ),
    rule("google_api.timeout", E.PARTNER_TIMEOUT, words="reason:requesttimeout", proof=False, source=_LEGACY),
    rule(
        "google_api.unimplemented",
        E.API_VERSION_DEPRECATED,
        words="status:unimplemented reason:notimplemented reason:unsupportedmethod",
        scope=Scope.APP,
        proof=True,
        source=_RPC,
    ),
    rule(
        "google_api.argument",
        E.INVALID_REQUEST,
        words="status:invalid_argument status:out_of_range reason:badrequest reason:badcontent reason:invalid reason:invalidparameter reason:invalidvalue reason:invalidquery reason:invalidheader reason:parseerror reason:required reason:unknownapi reason:wrongurlforupload reason:httpmethodnotallowed reason:sslrequired reason:uploadtoolarge",
        source=_LEGACY,
    ),
    rule(
        "google_api.internal",
        E.PARTNER_5XX,
        words="status:internal status:unknown status:data_loss status:cancelled reason:backenderror reason:internalerror reason:internalservererror reason:backendnotconnected",
        proof=False,
        source=_RPC,
    ),
    rule(
        "google_api.unavailable",
        E.PARTNER_UNAVAILABLE,
        words="status:unavailable reason:notready",
        proof=False,
        source=_RPC,
    ),
    rule(
        "google_api.deadline", E.PARTNER_TIMEOUT, words="status:deadline_exceeded", proof=False, source=_RPC
    ),
    rule(
        "google_api.too_many",
        E.RATE_LIMIT_429,
        status="429",
        scope=Scope.APP,
        first_wait=60,
        source=_MERCHANT,
    ),
    # A page or an empty body: a refresh tells whether the token was the cause.
    rule(
        "google_api.bare_401",
        E.AUTH_EXPIRED,
        status="401",
        operation="publish upload poll verify delete health_check inspect import",
        scope=Scope.GRANT,
        source=_RPC,
    ),
)

RULES = (*OURS, *THEIRS)
