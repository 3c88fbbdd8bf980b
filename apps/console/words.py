"""What operators read about codes; tenants read other words."""

from apps.errors.codes import ErrorCode
from apps.errors.messages import OPERATOR

BY_OPERATIONS = "Operations stopped it."


def known(code: str) -> ErrorCode | None:
    """Return the code of this name, or None: old rows may carry one that is gone."""
    return ErrorCode(code) if code in set(ErrorCode) else None


def meaning(code: str) -> str:
    """Return what a code means."""
    found = known(code)
    return OPERATOR[found] if found else code


def why_stopped(code: str) -> str:
    """Return why connections with this pause reason are stopped."""
    return meaning(code) if code else BY_OPERATIONS
