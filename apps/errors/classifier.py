"""From a partner's answer to its name. Never raises, whatever the answer is."""

from typing import Any

from apps.errors.classification import CallContext, Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.fingerprint import fingerprint
from apps.errors.overrides import LIVE, Overrides
from apps.errors.reading.answer import Reading
from apps.errors.reading.partners import read
from apps.errors.redact import redact
from apps.errors.rules.rule import Rule
from apps.errors.rules.tables import TABLES

_REFUSED = range(400, 500)
_NO_CONTEXT = CallContext()


def classify_partner_error(
    platform: str,
    status: int,
    body: object,
    headers: object = None,
    *,
    operation: str = "publish",
    context: CallContext | None = None,
    overrides: Overrides = LIVE,
) -> Classification:
    """
    Name a partner's failure.

    `body` may be bytes, text or parsed JSON of any shape; `operation` and `context` are known to some rules. The
    first rule that matches decides: the partner's own codes stand above its words, those above messages, and the
    HTTP status is asked last. What no rule knows, an operator may have given a code (`overrides`).
    """
    said = read(platform, status, body, headers)
    table = TABLES.get(platform, TABLES["http"])
    rule = table.find(said, operation=operation, context=context or _NO_CONTEXT)
    if rule is None or rule.gives is ErrorCode.UNKNOWN:
        return _unknown(
            platform, said, rule, overrides, fingerprint(platform, said.status, body, said.message)
        )
    return _classification(platform, said, rule)


def says_failure(platform: str, status: int, body: object, headers: object = None) -> bool:
    """Return True when the body itself reports an error, even under a status of 200."""
    return read(platform, status, body, headers).failed


def _classification(platform: str, said: Reading, rule: Rule) -> Classification:
    # An answer of 4xx proves that nothing was accepted, unless the rule knows better.
    proof = rule.proof if rule.proof is not None else said.status in _REFUSED or said.status < 400
    return Classification(
        code=rule.gives,
        platform=platform,
        rule_id=rule.id,
        confidence=rule.confidence,
        scope=rule.scope,
        proof=proof,
        retry_after=said.retry_after,
        first_wait=rule.first_wait,
        required_scopes=said.scopes if rule.gives is ErrorCode.PERMISSION_INSUFFICIENT else (),
        **_facts(said),
    )


def _unknown(
    platform: str, said: Reading, rule: Rule | None, overrides: Overrides, group: str
) -> Classification:
    """Nobody knows it, or a rule knows that nobody does: an operator may have said what it is."""
    override = overrides.find(platform, group)
    proof = rule.proof if rule and rule.proof is not None else said.status in _REFUSED
    return Classification(
        code=override.gives if override else ErrorCode.UNKNOWN,
        platform=platform,
        rule_id=override.id if override else rule.id if rule else f"{platform}.unknown",
        confidence=Confidence.PATTERN if override else Confidence.FALLBACK,
        fingerprint=group,
        scope=Scope.CALL,
        proof=proof,
        retry_after=said.retry_after,
        **_facts(said),
    )


def _facts(said: Reading) -> dict[str, Any]:
    code, subcode = _clean(said.code), _clean(said.subcode)
    words = _storable(" ".join(sorted(said.words)))  # the reader has redacted them
    evidence = {"status": str(said.status), "code": code, "subcode": subcode, "words": words}
    return {
        "partner_code": code,
        "partner_subcode": subcode,
        "partner_message": _clean(said.message),
        "partner_request_id": _clean(said.request_id)[:200],
        "evidence": {name: value for name, value in evidence.items() if value},
    }


def _clean(text: str) -> str:
    """Return what may be stored of a partner's words: no secrets, no NUL, no half characters."""
    return _storable(redact(text))


def _storable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
