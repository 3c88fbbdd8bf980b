"""Facebook Pages and Instagram, Graph API. Read top to bottom; the first match wins."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_GRAPH = "https://developers.facebook.com/docs/graph-api/guides/error-handling"
_IG = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes"
_REELS = "https://developers.facebook.com/docs/video-api/guides/reels-publishing"
_LIMITS = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting"
_LOGIN = "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging"
_POSTIZ = "gitroomhq/postiz-app"
_SOCIAL = "spring-projects/spring-social-facebook"

RULES = (
    # Throttling, usually with status 400. It calls itself passing, too, but it asks for waiting and not for looking;
    # calling on makes it longer.
    rule(
        "meta.4.2207051", E.SPAM_BLOCKED, subcode="2207051", scope=Scope.CONNECTION, proof=False, source=_IG
    ),
    rule(
        "meta.9.2207042",
        E.QUOTA_EXCEEDED,
        subcode="2207042",
        scope=Scope.CONNECTION,
        first_wait=3600,
        source=_IG,
    ),
    rule(
        "meta.613.1996",
        E.RATE_LIMIT_429,
        code="613",
        subcode="1996",
        scope=Scope.CONNECTION,
        first_wait=900,
        source=_LIMITS,
    ),
    rule("meta.4", E.RATE_LIMIT_429, code="4 341", scope=Scope.APP, first_wait=300, source=_LIMITS),
    rule("meta.17", E.RATE_LIMIT_429, code="17", scope=Scope.GRANT, first_wait=300, source=_LIMITS),
    rule(
        "meta.32",
        E.RATE_LIMIT_429,
        code="32 613 80000 80001 80002 80003 80004 80005 80006 80007 80008 80009 80010 80011 80012 80013 80014",
        scope=Scope.CONNECTION,
        first_wait=300,
        source=_LIMITS,
    ),
    # Meta says itself that it is passing: that outranks every code, an auth code too.
    rule("meta.transient", E.PARTNER_5XX, transient=True, proof=False, source=_GRAPH),
    rule(
        "meta.app_inactive",
        E.APP_SUSPENDED,
        message=r"^(app not active|this app is not active)",
        scope=Scope.APP,
        source=_LOGIN,
    ),
    rule(
        "meta.client_secret",
        E.APP_SUSPENDED,
        message=r"^error validating client secret",
        scope=Scope.APP,
        source=_LOGIN,
    ),
    rule("meta.5", E.APP_SUSPENDED, code="5", scope=Scope.APP, source=_GRAPH),
    rule("meta.1885183", E.APP_SUSPENDED, subcode="1885183", scope=Scope.APP, source=_GRAPH),
    rule("meta.21", E.ACCOUNT_NOT_FOUND, code="21", scope=Scope.CONNECTION, source=_GRAPH),
    rule(
        "meta.190.impersonating",
        E.PERMISSION_INSUFFICIENT,
        code="190",
        message=r"permission\(s\) must be granted before impersonating",
        source=f"{_POSTIZ}#1912",
    ),
    rule(
        "meta.190.validating_app",
        E.APP_SUSPENDED,
        code="190 101",
        message=r"^error validating application",
        scope=Scope.APP,
        source=_GRAPH,
    ),
    rule("meta.101", E.APP_SUSPENDED, code="101", scope=Scope.APP, source=_GRAPH),
    rule("meta.190.458", E.APP_DEAUTHORIZED, code="190 102", subcode="458", scope=Scope.GRANT, source=_LOGIN),
    rule(
        "meta.190.459",
        E.ACCOUNT_ACTION_REQUIRED,
        code="190 102",
        subcode="459 464",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule("meta.190.463", E.AUTH_EXPIRED, code="190 102", subcode="463", scope=Scope.GRANT, source=_LOGIN),
    rule("meta.190.466", E.AUTH_REVOKED, code="190", subcode="466", scope=Scope.GRANT, source=_SOCIAL),
    rule(
        "meta.190.492",
        E.PERMISSION_INSUFFICIENT,
        code="190",
        subcode="492",
        scope=Scope.CONNECTION,
        source=_LOGIN,
    ),
    rule(
        "meta.190.session",
        E.AUTH_INVALID,
        code="190 102",
        subcode="456 457 460 461 462 465 467 468",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule(
        "meta.190.removed",
        E.APP_DEAUTHORIZED,
        code="190",
        message=r"has not authorized application|user has removed",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule(
        "meta.190.checkpoint",
        E.ACCOUNT_ACTION_REQUIRED,
        code="190",
        message=r"checkpoint|cannot access the app till you log in",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule(
        "meta.190.expired",
        E.AUTH_EXPIRED,
        code="190",
        message=r"session has expired|token (has )?expired",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule("meta.190", E.AUTH_INVALID, code="190 102 450 452", scope=Scope.GRANT, source=_GRAPH),
    rule(
        "meta.text.expired",
        E.AUTH_EXPIRED,
        message=r"^error validating access token: session has expired",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule(
        "meta.text.session",
        E.AUTH_INVALID,
        message=r"^error validating access token",
        scope=Scope.GRANT,
        source=_LOGIN,
    ),
    rule("meta.2500.path", E.INVALID_REQUEST, code="2500", message=r"unknown path components", source=_GRAPH),
    rule("meta.2500", E.AUTH_INVALID, code="2500", scope=Scope.GRANT, source=_GRAPH),
    rule("meta.104", E.INVALID_REQUEST, code="104 191 2200", source=_SOCIAL),
    # Spam and policy.
    rule(
        "meta.368.policy",
        E.CONTENT_POLICY,
        code="368",
        subcode="1346003 1404102",
        source="original-coast-clothing/social-ig#67",
    ),
    rule(
        "meta.368.identity",
        E.ACCOUNT_ACTION_REQUIRED,
        code="368",
        subcode="1404006 1404078 4854002",
        scope=Scope.CONNECTION,
        source=_GRAPH,
    ),
    rule("meta.368", E.SPAM_BLOCKED, code="368", scope=Scope.CONNECTION, source=_GRAPH),
    rule("meta.506", E.DUPLICATE_CONTENT, code="506", source=_GRAPH),
    rule("meta.100.1366051", E.DUPLICATE_CONTENT, subcode="1366051 1455006", source=_POSTIZ),
    # Unknown at the partner: it may have gone out all the same.
    rule("meta.1.thumbnail", E.CONTENT_INVALID, code="1", subcode="2207057", source=_IG),
    rule("meta.1.validation", E.INVALID_REQUEST, code="1", subcode="1446036 1965014", source="restfb/restfb"),
    rule("meta.1.https", E.INVALID_REQUEST, code="1", message=r"must use https", source=_SOCIAL),
    rule("meta.1", E.PARTNER_5XX, code="1", proof=False, source=_GRAPH),
    rule(
        "meta.2.unexpected", E.PARTNER_5XX, code="2", subcode="1363047 1609010", proof=False, source=_POSTIZ
    ),
    rule("meta.2.retry", E.PARTNER_5XX, code="2", message=r"unexpected error", proof=False, source=_GRAPH),
    rule("meta.2", E.PARTNER_UNAVAILABLE, code="2", proof=False, source=_GRAPH),
    rule("meta.-1", E.PARTNER_5XX, code="-1", proof=False, source=_IG),
    rule("meta.6001", E.PARTNER_5XX, code="6001", proof=False, source="facebookarchive/php-graph-sdk"),
    rule(
        "meta.20.1772107",
        E.INVALID_REQUEST,
        subcode="1772107",
        proof=False,
        source="brightbeanxyz/brightbean-studio",
    ),
    # Our app.
    rule("meta.3", E.APP_SUSPENDED, code="3", scope=Scope.APP, source=_GRAPH),
    rule(
        "meta.10.review",
        E.APP_SUSPENDED,
        code="10",
        message=r"must be reviewed and approved",
        scope=Scope.APP,
        source=_SOCIAL,
    ),
    rule(
        "meta.200.blocked",
        E.APP_SUSPENDED,
        code="200",
        message=r"api access (blocked|deactivated)",
        scope=Scope.APP,
        source=_GRAPH,
    ),
    # Permissions.
    rule(
        "meta.10.business",
        E.CAPABILITY_UNSUPPORTED,
        code="10",
        message=r"not an instagram business",
        source=_IG,
    ),
    rule("meta.10", E.PERMISSION_INSUFFICIENT, code="10", scope=Scope.CONNECTION, source=_GRAPH),
    rule(
        "meta.200.2069030", E.CAPABILITY_UNSUPPORTED, subcode="2069030", source="pellaeon/social-scheduler#20"
    ),
    rule(
        "meta.200.itself",
        E.INVALID_REQUEST,
        code="200",
        message=r"unpublished posts must be posted to a page as the page itself",
        source=_GRAPH,
    ),
    rule(
        "meta.200",
        E.PERMISSION_INSUFFICIENT,
        code=" ".join(str(number) for number in range(200, 300)),
        scope=Scope.CONNECTION,
        source=_GRAPH,
    ),
    rule(
        "meta.100.permission",
        E.PERMISSION_INSUFFICIENT,
        code="100",
        message=r"no permission to publish|requires the ?'?pages?_\w+|requires '?pages?_\w+'? permission",
        scope=Scope.CONNECTION,
        source="sns-sdks/python-facebook",
    ),
    # Instagram media and containers.
    rule("meta.9007", E.MEDIA_NOT_READY, code="9007", first_wait=5, source=_IG),
    rule(
        "meta.9007.2207027",
        E.MEDIA_NOT_READY,
        subcode="2207027 2207008 4279009 2207020",
        first_wait=5,
        source=_IG,
    ),
    rule("meta.24.2207006", E.RESOURCE_NOT_FOUND, subcode="2207006", source=_IG),
    rule("meta.container_expired", E.MEDIA_NOT_READY, words="container_expired", source=_IG),
    rule("meta.-2.2207003", E.PARTNER_TIMEOUT, subcode="2207003", source=_IG),
    rule("meta.25.2207050", E.ACCOUNT_ACTION_REQUIRED, subcode="2207050", scope=Scope.CONNECTION, source=_IG),
    rule(
        "meta.caption",
        E.CONTENT_INVALID,
        subcode="2207010 2207018 2207028 2207035 2207036 2207037 2207040",
        source=_IG,
    ),
    rule(
        "meta.media",
        E.MEDIA_INVALID,
        subcode="2207004 2207005 2207009 2207026 2207052 2207076 2207077 2207082 2207085 1366046 1487197 2069019 1363019",
        source=_IG,
    ),
    rule("meta.trial_reels", E.CAPABILITY_UNSUPPORTED, subcode="2207081", source=_POSTIZ),
    rule("meta.2207023", E.INVALID_REQUEST, subcode="2207023", source=_IG),
    rule(
        "meta.container_checkpoint",
        E.ACCOUNT_ACTION_REQUIRED,
        words="container_error",
        message=r"cannot access the app till you log in",
        scope=Scope.CONNECTION,
        source=_IG,
    ),
    rule("meta.container_error", E.MEDIA_INVALID, words="container_error", source=_IG),
    rule("meta.36000", E.MEDIA_INVALID, code="352 382 389 390 36000 36001 36003 9004 6000", source=_IG),
    rule("meta.36004", E.CONTENT_INVALID, code="36004 110", source=_IG),
    rule(
        "meta.324.upload",
        E.INVALID_REQUEST,
        code="324",
        message=r"requires upload file",
        source="mobolic/facebook-sdk#98",
    ),
    rule("meta.324", E.MEDIA_INVALID, code="324", source="mobolic/facebook-sdk#98"),
    rule(
        "meta.100.324", E.MEDIA_INVALID, code="100", subcode="324", source="facebookarchive/php-graph-sdk#711"
    ),
    # Objects. The same words mean different things by what they are about.
    rule(
        "meta.100.33.container",
        E.MEDIA_NOT_READY,
        subcode="33",
        about="container",
        first_wait=5,
        source="superfaceai/station",
    ),
    rule(
        "meta.100.33.account",
        E.ACCOUNT_NOT_FOUND,
        subcode="33",
        about="account",
        scope=Scope.CONNECTION,
        source="superfaceai/station",
    ),
    rule(
        "meta.100.33.health",
        E.ACCOUNT_NOT_FOUND,
        subcode="33",
        operation="health_check publish",
        about="nothing",
        scope=Scope.CONNECTION,
        source="superfaceai/station",
    ),
    rule("meta.100.33", E.RESOURCE_NOT_FOUND, subcode="33", source="superfaceai/station"),
    rule("meta.803", E.RESOURCE_NOT_FOUND, code="803 24", source="snarfed/granary"),
    rule(
        "meta.12",
        E.API_VERSION_DEPRECATED,
        code="11 12 2635",
        source="jstolpe/instagram-graph-api-php-sdk#22",
    ),
    rule("meta.15", E.CAPABILITY_UNSUPPORTED, code="15", source=_SOCIAL),
    rule("meta.100.36009", E.AUTH_INVALID, subcode="36009", source=_LOGIN),
    rule(
        "meta.oauth.code",
        E.AUTH_INVALID,
        message=r"^(this authorization code has been used|matching code was not found)",
        source=_LOGIN,
    ),
    rule("meta.100.links", E.CONTENT_INVALID, subcode="1349125 2061006 1609008 1609005", source=_POSTIZ),
    rule("meta.1500", E.CONTENT_INVALID, code="1500 1609005 1609008", source=_GRAPH),
    rule(
        "meta.100.duplicate", E.DUPLICATE_CONTENT, code="100", message=r"status .* duplicate", source=_SOCIAL
    ),
    rule("meta.100", E.INVALID_REQUEST, code="100", source=_GRAPH),
    # The upload host speaks its own dialect: a type, and JSON in a string.
    rule(
        "meta.upload.unauthorized",
        E.AUTH_INVALID,
        words="upload",
        message=r"^unauthorized user request",
        scope=Scope.CONNECTION,
        source=_REELS,
    ),
    rule("meta.upload", E.MEDIA_INVALID, words="upload", source=_REELS),
    # A code of the Graph API that no page of Meta's explains: its status says nothing about it.
    rule("meta.unlisted", E.UNKNOWN, words="numbered", status="200 400 403 404", proof=False, source=_GRAPH),
)
