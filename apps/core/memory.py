"""Python's cyclic collector and long-lived processes."""

import gc

COLLECT_AFTER = 20_000  # new objects


def spare_the_collector() -> None:
    """Keep the cyclic collector from going through Django's thousands of objects again with every few hundred calls."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)
