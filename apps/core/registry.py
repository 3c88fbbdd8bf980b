"""A port: floors above plug something in under a name, floors below look it up."""

from typing import Generic, TypeVar

T = TypeVar("T")


class AlreadyPlugged(LookupError):
    """Two things claim the same name."""


class NotPlugged(LookupError):
    """Nothing is plugged in under this name."""


class Registry(Generic[T]):
    """Named things of one sort; each name has exactly one."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._things: dict[str, T] = {}

    def plug(self, name: str, thing: T) -> None:
        """
        Plug a thing in.

        :raises AlreadyPlugged: when the name is taken.
        """
        if name in self._things:
            raise AlreadyPlugged(f"There is already a {self._what} named {name}.")
        self._things[name] = thing

    def get(self, name: str) -> T:
        """
        Return the thing under this name.

        :raises NotPlugged: when there is none.
        """
        try:
            return self._things[name]
        except KeyError:
            raise NotPlugged(f"There is no {self._what} named {name}.") from None

    def names(self) -> list[str]:
        """Return every name, sorted."""
        return sorted(self._things)
