"""Mailchimp, Marketing API v3. Titles are compared without spaces and case; a token never expires here."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
_OAUTH = "https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/"
_AKAMAI = "ibericode/mailchimp-for-wordpress#644"

RULES = (
    rule(
        "mailchimp.akamai",
        E.SPAM_BLOCKED,
        words="akamai akamai_503 akamai_403",
        scope=Scope.APP,
        source=_AKAMAI,
    ),
    rule("mailchimp.blocked", E.SPAM_BLOCKED, message=r"^request blocked", scope=Scope.APP, source=_AKAMAI),
    rule("mailchimp.firewall", E.SPAM_BLOCKED, status="403 503", html=True, scope=Scope.APP, source=_AKAMAI),
    rule(
        "mailchimp.compliance",
        E.ACCOUNT_ACTION_REQUIRED,
        words="compliancerelated",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.compliance.text",
        E.ACCOUNT_ACTION_REQUIRED,
        status="503",
        message=r"^this method has been disabled",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule("mailchimp.oauth.code", E.AUTH_INVALID, words="invalid_grant", source=_OAUTH),
    rule(
        "mailchimp.oauth.token",
        E.AUTH_REVOKED,
        words="invalid_token",
        scope=Scope.GRANT,
        source="singer-io/tap-mailchimp",
    ),
    rule(
        "mailchimp.oauth.app",
        E.APP_SUSPENDED,
        words="invalid_client unauthorized_client",
        scope=Scope.APP,
        source=_OAUTH,
    ),
    rule(
        "mailchimp.oauth.request",
        E.INVALID_REQUEST,
        words="invalid_request unsupported_grant_type",
        source=_OAUTH,
    ),
    rule("mailchimp.key_revoked", E.AUTH_REVOKED, words="apikeyrevoked", scope=Scope.GRANT, source=_GLOSSARY),
    rule(
        "mailchimp.key",
        E.AUTH_INVALID,
        words="apikeyinvalid apikeymissing wrongdatacenter",
        scope=Scope.GRANT,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.disabled",
        E.ACCOUNT_ACTION_REQUIRED,
        words="userdisabled userunverified",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.verify",
        E.ACCOUNT_ACTION_REQUIRED,
        message=r"^(please verify your account|this account has been deactivated)",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.forbidden",
        E.PERMISSION_INSUFFICIENT,
        words="forbidden useractionnotpermitted",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.connections",
        E.RATE_LIMIT_429,
        words="toomanyrequests",
        scope=Scope.CONNECTION,
        first_wait=5,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.signups",
        E.RATE_LIMIT_429,
        message=r"signed up to a lot of lists very recently",
        first_wait=3600,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.not_ready",
        E.CONTENT_INVALID,
        message=r"^your campaign is not ready to send|^this campaign cannot be scheduled",
        source=_GLOSSARY,
    ),
    rule("mailchimp.member", E.DUPLICATE_CONTENT, words="memberexists", source=_GLOSSARY),
    rule(
        "mailchimp.compliance_state",
        E.CONTENT_POLICY,
        words="memberincompliancestate forgottenemailnotsubscribed",
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.email",
        E.CONTENT_INVALID,
        message=r"looks fake or invalid|please provide a valid email address|^cannot have more than \d",
        source=_GLOSSARY,
    ),
    rule("mailchimp.fields", E.CONTENT_INVALID, words="has_fields", source=_GLOSSARY),
    rule(
        "mailchimp.invalid",
        E.INVALID_REQUEST,
        words="invalidresource badrequest invalidaction jsonparseerror invalidmethodoverride requestedfieldsinvalid resourcenestingtoodeep httpsrequired",
        source=_GLOSSARY,
    ),
    rule("mailchimp.path", E.INVALID_REQUEST, status="404", message=r"^invalid path", source=_GLOSSARY),
    rule(
        "mailchimp.list_gone",
        E.ACCOUNT_NOT_FOUND,
        words="resourcenotfound",
        about="account",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule("mailchimp.gone", E.RESOURCE_NOT_FOUND, words="resourcenotfound", source=_GLOSSARY),
    rule(
        "mailchimp.member_removal",
        E.RESOURCE_CONFLICT,
        status="405",
        message=r"^this list member cannot be removed",
        source=_GLOSSARY,
    ),
    rule("mailchimp.method", E.INVALID_REQUEST, words="methodnotallowed", source=_GLOSSARY),
    rule("mailchimp.internal", E.PARTNER_5XX, words="internalservererror", proof=False, source=_GLOSSARY),
)
