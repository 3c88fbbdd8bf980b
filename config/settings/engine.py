"""How the engine runs: broker, time travel, speed."""

from typing import Any

from config.env import env

# Redis or Valkey; it carries wakes, and losing it loses nothing.
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")

# Moves the product's clock for tests, demo and drills; production refuses it.
TIME_TRAVEL = env.flag("REKNIT_TIME_TRAVEL")

# Divides the waits of retries, verification and breakers in demo and fault runs, never a lease; production refuses it.
SPEED = env.number("REKNIT_SPEED", 1, least=1, most=1000)

# How many connections must meet one cause within five minutes before it is an incident.
INCIDENT_CONNECTIONS = int(env.number("REKNIT_INCIDENT_CONNECTIONS", 10, least=2, most=1000))

# Test-only switches: with one of them off a fault test must find losses or doubles. Production refuses them.
FENCING = env.flag("REKNIT_FENCING", default=True)
VERIFY_BEFORE_RESEND = env.flag("REKNIT_VERIFY_BEFORE_RESEND", default=True)
SWEEPING = env.flag("REKNIT_SWEEPING", default=True)
ONE_POST_ONE_JOB = env.flag("REKNIT_ONE_POST_ONE_JOB", default=True)
CREDENTIAL_VERSIONS = env.flag("REKNIT_CREDENTIAL_VERSIONS", default=True)

# A named place where a fault run lets a process die (`after_send:kill`); off unless set. Production refuses it.
FAILPOINT = env.text("REKNIT_FAILPOINT", "")

# How many days rows are kept: attempts and events since they were made, the others since they ended.
ATTEMPT_DAYS = env.number("REKNIT_ATTEMPT_DAYS", 30, least=1, most=3650)
EVENT_DAYS = env.number("REKNIT_EVENT_DAYS", 396, least=1, most=3650)  # 13 months
WEBHOOK_DAYS = env.number("REKNIT_WEBHOOK_DAYS", 30, least=8, most=3650)  # what partners told us, as it came
JOB_DAYS = env.number("REKNIT_JOB_DAYS", 90, least=1, most=3650)
HEALTH_DAYS = env.number("REKNIT_HEALTH_DAYS", 30, least=1, most=3650)  # single checks of connections
HOLD_DAYS = env.number("REKNIT_HOLD_DAYS", 90, least=1, most=3650)
NOTICE_DAYS = env.number("REKNIT_NOTICE_DAYS", 90, least=8, most=3650)  # people are told again after a week
MEDIA_DAYS = env.number(
    "REKNIT_MEDIA_DAYS", 30, least=15, most=3650
)  # uploads that no post took; drafts live for 14
INCIDENT_DAYS = env.number("REKNIT_INCIDENT_DAYS", 90, least=1, most=3650)
DELIVERY_DAYS = env.number("REKNIT_DELIVERY_DAYS", 30, least=8, most=3650)  # what endpoints were told
RUNNER_DAYS = env.number("REKNIT_RUNNER_DAYS", 7, least=1, most=3650)

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = False  # the lease, not the broker, decides who repeats
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a wake that fails must not slow the request
CELERY_TASK_DEFAULT_QUEUE = "control"
CELERY_TASK_ROUTES = {"jobs.pump": {"queue": "engine"}}
CELERY_TASK_TIME_LIMIT = 180
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "config.beat:Scheduler"
# Plain intervals only; every task is safe to run twice or late.
_EVERY = {  # seconds
    "jobs.pump": 2,
    "events.partitions": 6 * 3600,
    "jobs.partitions": 6 * 3600,
    "jobs.prune": 60,
    "events.follow": 2,
    "recovery.prompts": 5,
    "errors.trim_samples": 60,
    "connections.renew_due": 20,
    "connections.tell_endings": 600,
    "connections.forget_sign_ins": 300,
    "webhooks.forget_secrets": 600,
    "recovery.watch": 3,
    "recovery.inactive_rule": 3600,
    "insights.synthetic_pings": 60,
    "insights.weekly_summary": 3600,
    "insights.roll_up": 60,
    "webhooks.read": 1,
    "webhooks.keys": 30,
    "webhooks.partitions": 6 * 3600,
    "drills.step": 2,
    "jobs.sweep": 5,
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": float(seconds)} for name, seconds in _EVERY.items()
}
