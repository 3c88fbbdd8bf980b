"""Start, abort, step: one verb a file."""
