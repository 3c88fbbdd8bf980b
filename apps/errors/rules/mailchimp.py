"""Mailchimp, Marketing API v3. Titles are compared without spaces and case; a token never expires here."""

from apps.errors.classification import Scope
from apps.errors.codes import ErrorCode as E
from apps.errors.rules.rule import rule

_GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
_OAUTH = "https://mailchimp.com/developer/marketing/guides/access-user-data-oauth-2/"
_CAMPAIGNS = "https://mailchimp.com/developer/marketing/api/campaigns/"
_LIMITS = "https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits"
_AKAMAI = "https://github.com/ibericode/mailchimp-for-wordpress/issues/644"
_MEMBERS = "https://mailchimp.com/developer/marketing/api/list-members/"
_LISTS = "https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/"
_SENDING = "https://mailchimp.com/help/about-list-suspension/"
_FILES = "https://mailchimp.com/developer/marketing/api/file-manager-files/"
_OLDER = "https://www.rubydoc.info/gems/mailchimp-api/2.0.6"

# Titles that say nothing yet: the text must tell.
_OPEN = "untitled badrequest invalidresource forbidden"

RULES = (
    # The firewall in front: it judges our address and our words, and no waiting helps.
    rule("mailchimp.akamai", E.SPAM_BLOCKED, words="akamai", scope=Scope.APP, proof=True, source=_AKAMAI),
    rule(
        "mailchimp.maintenance",
        E.PARTNER_UNAVAILABLE,
        status="503",
        html=True,
        message=r"\bnginx\b|\bopenresty\b|service (?:temporarily )?unavailable|maintenance",
        proof=False,
        source="https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4",
    ),
    rule("mailchimp.firewall", E.SPAM_BLOCKED, status="403 503", html=True, scope=Scope.APP, source=_AKAMAI),
    # The token and the account.
    rule(
        "mailchimp.oauth.token",
        E.AUTH_REVOKED,
        words="oauth:invalid_token oauth:invalid_grant",
        operation="publish poll verify delete health_check refresh revoke",
        scope=Scope.GRANT,
        source="singer-io/tap-mailchimp:tap_mailchimp/client.py",
    ),
    rule(
        "mailchimp.key_revoked",
        E.AUTH_REVOKED,
        words="apikeyrevoked",
        scope=Scope.GRANT,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.key",
        E.AUTH_INVALID,
        words="apikeyinvalid apikeymissing wrongdatacenter invalidapikey",
        scope=Scope.GRANT,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.compliance",
        E.ACCOUNT_ACTION_REQUIRED,
        words="compliancerelated",
        scope=Scope.CONNECTION,
        proof=True,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.compliance.text",
        E.ACCOUNT_ACTION_REQUIRED,
        status="403 503",
        message=r"^this method has been disabled",
        scope=Scope.CONNECTION,
        proof=True,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.disabled",
        E.ACCOUNT_ACTION_REQUIRED,
        words="userdisabled userunverified accountdisabled accountsuspended",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.account",
        E.ACCOUNT_ACTION_REQUIRED,
        words=_OPEN,
        message=r"\baccount (?:has been|is|was) (?:currently |temporarily )?(?:disabled|deactivated|suspended|closed|deleted|locked|paused|inactive|under review)|\bsending (?:is|has been) (?:disabled|paused|suspended)|^please verify your account|\b(?:past due|payment (?:method|failed)|billing)\b",
        scope=Scope.CONNECTION,
        source=_SENDING,
    ),
    rule(
        "mailchimp.sender",
        E.ACCOUNT_ACTION_REQUIRED,
        words=_OPEN,
        message=r"\b(?:from|reply|sender|domain|email address)\b.{0,80}\b(?:not|be|isn't|hasn't) (?:been |yet )?(?:verified|authenticated)|\b(?:verify|authenticate) (?:your|the) (?:from |email |sending )?(?:domain|address)|^the domain .{0,80}not been verified",
        scope=Scope.CONNECTION,
        source="https://mailchimp.com/help/verify-a-domain/",
    ),
    rule(
        "mailchimp.sends",
        E.QUOTA_EXCEEDED,
        words=_OPEN,
        message=r"\b(?:send|sending|monthly|daily|email|test email)s? (?:send )?(?:limit|quota)\b|\b(?:exceeded|reached) .{0,40}\b(?:sends|emails|send limit)\b",
        scope=Scope.CONNECTION,
        first_wait=3600,
        source="https://mailchimp.com/help/about-mailchimp-pricing-plans/",
    ),
    rule(
        "mailchimp.plan",
        E.CAPABILITY_UNSUPPORTED,
        words=_OPEN,
        message=r"\b(?:upgrade (?:your|to)|paid (?:plan|account)|not (?:available|included) (?:on|in) your (?:current )?plan|pro (?:plan|feature))\b",
        source="https://mailchimp.com/help/about-mailchimp-pricing-plans/",
    ),
    rule(
        "mailchimp.forbidden",
        E.PERMISSION_INSUFFICIENT,
        words="forbidden useractionnotpermitted permissiondenied accessdenied invalidrole",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    # Limits.
    rule(
        "mailchimp.connections",
        E.RATE_LIMIT_429,
        words="toomanyrequests toomanyconnections",
        scope=Scope.CONNECTION,
        first_wait=5,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.connections.bare",
        E.RATE_LIMIT_429,
        status="429",
        scope=Scope.CONNECTION,
        first_wait=5,
        source=_LIMITS,
    ),
    rule(
        "mailchimp.signups",
        E.RATE_LIMIT_429,
        words=_OPEN,
        message=r"signed up to a lot of lists very recently|not allowing more signups for now|too many (?:recent )?sign-?ups",
        first_wait=3600,
        source="https://stackoverflow.com/questions/41160763",
    ),
    # The campaign.
    rule(
        "mailchimp.not_ready",
        E.CONTENT_INVALID,
        words=_OPEN,
        message=r"^your campaign is not ready to send|^this campaign cannot be scheduled|^cannot sen|\bschedul(?:e|ed)[_ ]time\b|quarter.hour|\bin the past\b",
        source="https://github.com/mailchimp/APIv3-examples/issues/40",
    ),
    rule(
        "mailchimp.state",
        E.RESOURCE_CONFLICT,
        words=_OPEN,
        message=r"\balready (?:been )?(?:sent|sending|scheduled|started|cancell?ed|paused|archived)\b|\bcampaign.{0,40}\b(?:has been sent|is sending|is not (?:scheduled|paused|sending)|cannot be (?:edited|updated|cancell?ed|unscheduled|paused|resumed|deleted|modified))|^cannot (?:edit|update|cancel|unschedule|pause|resume|delete|modify)\b",
        source=_CAMPAIGNS,
    ),
    # The people on the list.
    rule(
        "mailchimp.member",
        E.DUPLICATE_CONTENT,
        words="memberexists errorcontactexists listalreadysubscribed",
        source=_MEMBERS,
    ),
    rule(
        "mailchimp.exists",
        E.DUPLICATE_CONTENT,
        words=_OPEN,
        message=r"\balready exists?\b|\bis already (?:a list member|subscribed|on the list)|\bmust be unique\b",
        source="https://mailchimp.com/developer/marketing/api/ecommerce-stores/",
    ),
    rule(
        "mailchimp.compliance_state",
        E.CONTENT_POLICY,
        words="memberincompliancestate forgottenemailnotsubscribed",
        source=_MEMBERS,
    ),
    rule(
        "mailchimp.compliance_state.text",
        E.CONTENT_POLICY,
        words=_OPEN,
        message=r"\bin a compliance state\b|permanently deleted and cannot be re-imported|previously (?:unsubscribed|removed)|acceptable use|terms of use|\bomnivore\b",
        source="https://mailchimp.com/help/about-omnivore/",
    ),
    rule(
        "mailchimp.file",
        E.MEDIA_INVALID,
        words=_OPEN,
        message=r"\b(?:image|file|photo)s?\b.{0,60}\b(?:too (?:large|big)|exceeds?|unsupported|not supported|not allowed|file type|megabytes?|mb)\b",
        source=_FILES,
    ),
    # The request.
    rule("mailchimp.schema", E.INVALID_REQUEST, words="schema", source=_GLOSSARY),
    rule(
        "mailchimp.field",
        E.CONTENT_INVALID,
        words="invalidresource invalidemail errorgeneric validationerror",
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.invalid",
        E.INVALID_REQUEST,
        words="badrequest invalidaction jsonparseerror invalidmethodoverride requestedfieldsinvalid resourcenestingtoodeep httpsrequired",
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
    rule(
        "mailchimp.list_gone.health",
        E.ACCOUNT_NOT_FOUND,
        words="resourcenotfound",
        operation="health_check",
        about="nothing",
        scope=Scope.CONNECTION,
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.list_gone.named",
        E.ACCOUNT_NOT_FOUND,
        words="listdoesnotexist listnotfound",
        scope=Scope.CONNECTION,
        source=_OLDER,
    ),
    rule(
        "mailchimp.gone",
        E.RESOURCE_NOT_FOUND,
        words="resourcenotfound campaigndoesnotexist",
        source=_GLOSSARY,
    ),
    rule(
        "mailchimp.member_removal",
        E.RESOURCE_CONFLICT,
        status="405",
        message=r"^this list member cannot be removed",
        source=_MEMBERS,
    ),
    rule("mailchimp.method", E.INVALID_REQUEST, words="methodnotallowed", source=_GLOSSARY),
    rule("mailchimp.internal", E.PARTNER_5XX, words="internalservererror", proof=False, source=_GLOSSARY),
)
