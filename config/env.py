"""Reads settings from the environment; a wrong or missing value becomes one sentence, never a traceback."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_LAST_PORT = 65535


class Env:
    """Typed access to environment variables, with `NAME_FILE` for secrets kept in files."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source

    def text(self, name: str, default: str | None = None) -> str:
        """
        Return the variable's text, or the content of the file that NAME_FILE points at.

        :raises ImproperlyConfigured: when it is missing and has no default.
        """
        value = self._source.get(name)
        if value is None and (path := self._source.get(f"{name}_FILE")):
            value = self._read(name, path)
        if value is None:
            value = default
        if value is None:
            raise ImproperlyConfigured(
                f"{name} is not set. Set it in the environment, or {name}_FILE to a file that holds it."
            )
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """
        Return True for 1/true/yes/on and False for 0/false/no/off.

        :raises ImproperlyConfigured: for anything else.
        """
        value = self._source.get(name)
        if value is None or value == "":
            return default
        word = value.strip().lower()
        if word in {"1", "true", "yes", "on"}:
            return True
        if word in {"0", "false", "no", "off"}:
            return False
        raise ImproperlyConfigured(f"{name} is {value!r}; say 1 or 0.")

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """
        Return the variable as a number between `least` and `most`.

        :raises ImproperlyConfigured: when it is no number or out of range.
        """
        value = self._source.get(name)
        if value is None or value == "":
            return default
        try:
            number = float(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a number.") from None
        if not least <= number <= most:
            raise ImproperlyConfigured(f"{name} is {value}; it must lie between {least:g} and {most:g}.")
        return number

    def choice(self, name: str, default: str, words: Sequence[str]) -> str:
        """
        Return one of these words.

        :raises ImproperlyConfigured: for any other.
        """
        word = self.text(name, default)
        if word not in words:
            raise ImproperlyConfigured(f"{name} is {word!r}; say one of {', '.join(words)}.")
        return word

    def ports(self, name: str, default: str) -> list[int]:
        """
        Return comma-separated port numbers.

        :raises ImproperlyConfigured: when one of them is none.
        """
        words = self.words(name, default)
        if all(word.isdecimal() and 1 <= int(word) <= _LAST_PORT for word in words):
            return [int(word) for word in words]
        raise ImproperlyConfigured(f"{name} is {','.join(words)!r}; say port numbers such as {default}.")

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a comma-separated variable as a list without empty entries."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def _read(self, name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE points at {path}, which cannot be read: {error.strerror}."
            ) from None


env = Env()
