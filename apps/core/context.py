"""The request that is being answered: what it is known by, in the log and in the jobs that it leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class Answering:
    """One request, and whose it turned out to be."""

    request: UUID
    tenant: UUID | None = None


_now: ContextVar[Answering | None] = ContextVar("answering", default=None)


@contextmanager
def answering(request: UUID) -> Iterator[Answering]:
    """While this lasts, jobs and lines of the log say which request they come from."""
    one = Answering(request)
    token = _now.set(one)
    try:
        yield one
    finally:
        _now.reset(token)


def current() -> Answering | None:
    """Return the request that is being answered; None in workers and commands."""
    return _now.get()


def request_id() -> UUID | None:
    """Return its id."""
    one = _now.get()
    return one.request if one else None


def note_tenant(tenant: UUID) -> None:
    """Say whose request this is, as soon as that is proved."""
    if one := _now.get():
        one.tenant = tenant
