"""The peer: what a good programmer writes first. A Celery task that POSTs, and tries again when it fails."""
