"""What tenants read in their summaries, without codes."""

from datetime import timedelta

from apps.errors.codes import ErrorCode as E
from apps.errors.messages import PLATFORM_NAMES

ERRORS = {
    E.AUTH_EXPIRED: "The access had run out",
    E.AUTH_INVALID: "The access was no longer valid",
    E.AUTH_REVOKED: "The access was taken back",
    E.AUTH_REPLY_LOST: "The access had to be given anew",
    E.APP_DEAUTHORIZED: "Our access was removed",
    E.ACCOUNT_ACTION_REQUIRED: "The account needed somebody to look at it there",
    E.PERMISSION_INSUFFICIENT: "A permission was missing",
    E.ACCOUNT_NOT_FOUND: "The account was not found",
    E.APP_SUSPENDED: "The partner had stopped our app",
    E.RATE_LIMIT_429: "The partner asked us to slow down",
    E.QUOTA_EXCEEDED: "The partner's limit was reached",
    E.SPAM_BLOCKED: "The partner took it for unwanted",
    E.PARTNER_5XX: "The partner had trouble of its own",
    E.PARTNER_UNAVAILABLE: "The partner was not available",
    E.PARTNER_TIMEOUT: "The partner did not answer in time",
    E.NETWORK_ERROR: "The line to the partner broke",
    E.NETWORK_TIMEOUT: "The partner could not be reached in time",
    E.SSL_ERROR: "The line to the partner was not safe",
    E.CONTENT_INVALID: "The post did not fit the partner's rules",
    E.CONTENT_POLICY: "The partner's guidelines did not allow the post",
    E.MEDIA_INVALID: "A picture or film did not fit",
    E.MEDIA_NOT_READY: "A picture or film was not ready yet",
    E.DUPLICATE_CONTENT: "The same post was out already",
    E.RESOURCE_NOT_FOUND: "Something was no longer there",
    E.RESOURCE_CONFLICT: "Something changed at the same time",
    E.INVALID_REQUEST: "We asked for something in a wrong way",
    E.API_VERSION_DEPRECATED: "We spoke an outdated language with the partner",
    E.CAPABILITY_UNSUPPORTED: "The account cannot take such posts",
    E.CIRCUIT_BREAKER_OPEN: "The partner kept failing, so we waited",
    E.INTERNAL_ERROR: "Something went wrong on our side",
    E.UNKNOWN: "The partner said something that we did not know",
}


def error(code: str) -> str:
    """Return what happened; a code of another version is one that we do not know."""
    return ERRORS.get(E(code) if code in E.__members__ else E.UNKNOWN, ERRORS[E.UNKNOWN])


def partner(platform: str) -> str:
    """Return the partner's name."""
    return PLATFORM_NAMES.get(platform, "A partner")


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its word: `1 post`, `1,200 posts`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return how long something took, to the two units that matter."""
    minutes = max(round(timedelta(seconds=seconds) / timedelta(minutes=1)), 1)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{counted(days, 'day')} {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
