"""How the house is watched: metrics, logs, traces, error reports."""

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from config.env import env
from config.settings.database import WORKER

# Where the processes of a service count together. Of its own for each installation; kept over restarts, counts go on.
_OURS = hashlib.sha256(env.text("DATABASE_URL").encode()).hexdigest()[:8]
_SHARED = env.text(
    "REKNIT_METRICS_FOLDER", str(Path(tempfile.gettempdir()) / f"reknit-metrics-{os.getuid()}-{_OURS}")
)
# Where a worker shows its own; each worker of a machine needs another. 0: nowhere.
METRICS_PORT = int(env.number("REKNIT_METRICS_PORT", 0, least=0, most=65535))
METRICS_HOST = env.text("REKNIT_METRICS_HOST", "127.0.0.1")
# Whoever asks must bring it as `Authorization: Bearer`. Without one only this machine may look.
METRICS_TOKEN = env.text("REKNIT_METRICS_TOKEN", "")

_SERVICE = "web" if WORKER == "web" else f"{WORKER}-{METRICS_PORT}" if WORKER and METRICS_PORT else ""
METRICS_FOLDER = str(Path(_SHARED) / _SERVICE) if _SERVICE else None

# Lines of the log: `json`, `text` for people, `auto`: text on a terminal. Each attempt and each request is one of INFO.
LOG_FORMAT = env.choice("REKNIT_LOG_FORMAT", "auto", ("auto", "json", "text"))
LOG_LEVEL = env.choice("REKNIT_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
_FOR_PEOPLE = LOG_FORMAT == "text" or (LOG_FORMAT == "auto" and sys.stderr.isatty())
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "config.observability.lines.JsonLines"},
        "text": {"()": "config.observability.lines.ForPeople"},
    },
    "handlers": {
        "lines": {
            "class": "logging.StreamHandler",
            "formatter": "text" if _FOR_PEOPLE else "json",
        }
    },
    "root": {"handlers": ["lines"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would write the same line twice, and mail it.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # each answer has a line of ours
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # A line for each message of the broker, every few seconds.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# Where spans go, such as http://collector:4318 (OTLP over HTTP). Empty: nowhere, and none are made.
OTLP_URL = env.text("REKNIT_OTLP_URL", "").rstrip("/")
# Where failures that nobody foresaw are reported. Empty: nowhere.
SENTRY_DSN = env.text("SENTRY_DSN", "")
ENVIRONMENT = env.text("REKNIT_ENV", "development")
