"""What production refuses: each with a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

SHORTEST_KEY = 50
TEST_ONLY_SWITCHES = (
    "FENCING",
    "VERIFY_BEFORE_RESEND",
    "SWEEPING",
    "ONE_POST_ONE_JOB",
    "CREDENTIAL_VERSIONS",
)
_RULES = (
    (lambda s: s["DEBUG"], "REKNIT_DEBUG is on; it shows settings to strangers. Take it out."),
    (
        lambda s: len(s["SECRET_KEY"]) < SHORTEST_KEY,
        f"SECRET_KEY is shorter than {SHORTEST_KEY} characters; make a longer one.",
    ),
    (lambda s: not s["ENCRYPTION_KEYS"], "REKNIT_ENCRYPTION_KEYS is empty; tokens could not be stored."),
    (
        lambda s: s["TIME_TRAVEL"],
        "REKNIT_TIME_TRAVEL is on; it moves the product's clock. It is for tests and demos.",
    ),
    (
        lambda s: s["SPEED"] != 1,
        "REKNIT_SPEED is not 1; retries would hurry. It is for demos and fault runs.",
    ),
    (
        lambda s: not all(s[name] for name in TEST_ONLY_SWITCHES),
        "A test-only switch is off; posts could go out twice.",
    ),
    (lambda s: s["FAILPOINT"], "REKNIT_FAILPOINT is set; it lets processes die on purpose."),
    (
        lambda s: s["EGRESS_LOOPBACK"],
        "REKNIT_EGRESS_LOOPBACK is on; tenants could call this machine. It is for development and demos.",
    ),
    (
        lambda s: s["EMAIL_FOLDER"],
        "REKNIT_EMAIL_FOLDER is set; mails would be kept in a folder and reach nobody. It is for demos.",
    ),
    (
        lambda s: not s["STAFF_TWO_FACTOR"],
        "REKNIT_STAFF_TWO_FACTOR is off; a stolen password would open the console. Take it out.",
    ),
    (
        lambda s: not s["SESSION_COOKIE_SECURE"],
        "REKNIT_SECURE_COOKIES is off; set it to 1 and serve over https.",
    ),
    (
        lambda s: "reknit-" in str(s["DATABASES"]["default"]["HOST"]),
        "DATABASE_URL names the embedded database of the demo.",
    ),
)


def refuse_what_is_unsafe(settings: Mapping[str, Any]) -> None:
    """
    Look at every setting that production must not have.

    :raises ImproperlyConfigured: with all that is wrong, one sentence each.
    """
    wrong = [words for is_wrong, words in _RULES if is_wrong(settings)]
    if wrong:
        raise ImproperlyConfigured("Production refuses these settings. " + " ".join(wrong))
