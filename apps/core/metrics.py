"""What is counted, right over several processes and their restarts, and what is looked up when somebody asks (ADR 22)."""

import collections
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.metrics_core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from apps.core.registry import Registry
from apps.core.slots import Slots

logger = logging.getLogger(__name__)
Rows = Iterable[tuple[Sequence[str], float]]
# A call is a thing of milliseconds to minutes.
CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
WAIT_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 86400)


@dataclass(frozen=True, slots=True)
class Described:
    """A metric as its page in the reference says it."""

    name: str
    sort: str
    words: str
    labels: tuple[str, ...]


DESCRIBED: dict[str, Described] = {}
# State is looked up by one collector, in web: what many processes exposed would be added up.
GAUGES: Registry[Callable[[], Iterable[Metric]]] = Registry("collector of gauges")
_REGISTRY = CollectorRegistry()


def counter(name: str, words: str, *labels: str) -> Counter:
    """Declare what only grows."""
    _describe(name, "counter", words, labels)
    return Counter(name, words, labels, registry=_REGISTRY)


def histogram(name: str, words: str, *labels: str, buckets: Sequence[float] = CALL_SECONDS) -> Histogram:
    """Declare times of which the spread matters."""
    _describe(name, "histogram", words, labels)
    return Histogram(name, words, labels, registry=_REGISTRY, buckets=buckets)


def gauge(name: str, words: str, *labels: str) -> Callable[[Rows], Metric]:
    """Declare what goes up and down; return what makes a metric of its rows."""
    _describe(name, "gauge", words, labels)

    def family(rows: Rows) -> Metric:
        made = GaugeMetricFamily(name, words, labels=labels)
        for said, value in rows:
            made.add_metric(said, value)
        return made

    return family


def spread(
    name: str, words: str, label: str, *, bounds: Sequence[float]
) -> Callable[[Iterable[tuple[str, Sequence[int], float]]], Metric]:
    """Declare how many things lie below each bound just now; rows say a count for each and one above, and the sum."""
    _describe(name, "gauge histogram", words, (label,))

    def family(rows: Iterable[tuple[str, Sequence[int], float]]) -> Metric:
        made = GaugeHistogramMetricFamily(name, words, labels=[label])
        for said, counts, total in rows:
            below = [sum(counts[: place + 1]) for place in range(len(counts))]
            names = [*(str(float(bound)) for bound in bounds), "+Inf"]
            made.add_metric([said], list(zip(names, below, strict=True)), total)
        return made

    return family


def count(what: Counter, keys: Iterable[tuple[str, ...]]) -> None:
    """Count many at once: one write for each set of labels, however many there are."""
    for said, number in collections.Counter(keys).items():
        what.labels(*said).inc(number)


def begin(what: Counter, keys: Iterable[tuple[str, ...]]) -> None:
    """Show series at nought: of one that begins at five, nobody sees five more."""
    for said in keys:
        what.labels(*said)


def counted() -> CollectorRegistry:
    """Return what the processes of this service have counted together."""
    if settings.METRICS_FOLDER is None:
        return _REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together, path=settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
    return together


def _describe(name: str, sort: str, words: str, labels: Sequence[str]) -> None:
    DESCRIBED[name] = Described(name, sort, words, tuple(labels))


def _share(folder: Path) -> None:
    """Let the values live in files that the service's processes share; counting must not keep a process from its work."""
    try:
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        values.ValueClass = values.MultiProcessValue(Slots(folder).mine)  # type: ignore[no-untyped-call]
    except OSError as error:
        logger.warning("metrics.not_shared", extra={"error": str(error)})
        settings.METRICS_FOLDER = None


if settings.METRICS_FOLDER is not None:
    _share(Path(settings.METRICS_FOLDER))
