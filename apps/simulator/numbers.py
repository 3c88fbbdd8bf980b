"""Ids as partners draw them."""

import secrets


def number(digits: int) -> str:
    """Return a decimal id that never begins with 0: some answers carry it as a JSON number."""
    return str(10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1)))
