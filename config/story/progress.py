"""What the reader sees while the story waits: a bar for each chapter."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from apps.jobs.choices import FINAL
from apps.jobs.models import Job
from config.story.browser import StoryBroke


def demand(condition: bool, promise: str) -> None:
    """Go on only if a promise held. :raises StoryBroke: with the promise."""
    if not condition:
        raise StoryBroke(promise)


class Waiting:
    """Waits with a bar, and not for ever."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None

    def until_ended(self, title: str, ids: list[str], *, within: float) -> None:
        """Wait until these jobs have ended."""
        end = time.monotonic() + within
        with self.bar(title, len(ids)) as step:
            seen: set[str] = set()
            while len(seen) < len(ids):
                rows = (
                    Job.objects.across_tenants()
                    .filter(pk__in=ids, state__in=sorted(FINAL))
                    .values_list("pk", flat=True)
                )
                for one in {str(pk) for pk in rows} - seen:
                    seen.add(one)
                    step()
                demand(time.monotonic() < end, f"“{title}” takes less than {within:.0f} s; {_open(ids)}")
                time.sleep(0.1)

    def until(self, title: str, condition: Callable[[], bool], *, within: float) -> None:
        """Wait until something is so."""
        end = time.monotonic() + within
        with self.bar(title, 1) as step:
            while not condition():
                demand(time.monotonic() < end, title)
                time.sleep(0.05)
            step()

    @contextmanager
    def bars(self) -> Iterator[None]:
        """Show bars while the story is told."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as self._progress:
            yield

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Callable[[], None]]:
        """Show one bar; what is yielded moves it by one."""
        if self._progress is None:
            raise RuntimeError("Bars exist while the story is told.")
        progress, task = self._progress, self._progress.add_task(title, total=total)
        yield lambda: progress.update(task, advance=1)


def _open(ids: list[str]) -> str:
    """Say in which states the jobs are that have not ended."""
    rows = (
        Job.objects.across_tenants()
        .filter(pk__in=ids)
        .exclude(state__in=sorted(FINAL))
        .values_list("state", "error_code")
    )
    return f"open: {dict(Counter(rows))}"
