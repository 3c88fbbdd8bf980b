"""What the control worker does every few seconds. Beat sends each as a task; the watchdog does them without beat."""

from collections.abc import Callable

from apps.core.registry import Registry

CHORES: Registry[Callable[[], object]] = Registry("chore")


def do_all() -> None:
    """Do each once; all are safe to do anywhere, any time, twice."""
    for name in CHORES.names():
        CHORES.get(name)()
