"""Two launchers that look for a port at the same moment get two."""

import socket

import pytest

from config.stack import ports
from config.stack.home import StackFailed


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_that_another_launcher_reserved_is_taken_before_anything_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REKNIT_PORT", str(free_port()))
    first = ports.reserve()

    with pytest.raises(StackFailed, match="taken"):
        ports.reserve()
    first.give_back()


def test_without_a_wish_the_second_launcher_gets_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REKNIT_PORT", raising=False)
    first, second = ports.reserve(), ports.reserve()

    assert first.number != second.number
    first.give_back()
    second.give_back()


def test_a_port_that_was_given_back_can_be_had_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKNIT_PORT", str(free_port()))
    ports.reserve().give_back()

    ports.reserve().give_back()


@pytest.mark.parametrize("nonsense", ["many", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused_in_words(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKNIT_PORT", nonsense)

    with pytest.raises(StackFailed, match="must be a port number"):
        ports.reserve()
