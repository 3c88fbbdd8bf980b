"""How the engine runs: broker, time travel, speed."""

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
CELERY_TASK_TIME_LIMIT = 180
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Plain intervals only; every task is safe to run twice or late.
CELERY_BEAT_SCHEDULE = {
    "jobs.pump": {"task": "jobs.pump", "schedule": 2.0, "options": {"queue": "engine", "expires": 10}},
    "events.partitions": {
        "task": "events.partitions",
        "schedule": 6 * 3600.0,
        "options": {"queue": "control"},
    },
    "jobs.partitions": {
        "task": "jobs.partitions",
        "schedule": 6 * 3600.0,
        "options": {"queue": "control"},
    },
    "jobs.prune": {"task": "jobs.prune", "schedule": 60.0, "options": {"queue": "control", "expires": 60}},
    "events.follow": {
        "task": "events.follow",
        "schedule": 2.0,
        "options": {"queue": "control", "expires": 10},
    },
    "recovery.prompts": {
        "task": "recovery.prompts",
        "schedule": 5.0,
        "options": {"queue": "control", "expires": 10},
    },
    "errors.trim_samples": {
        "task": "errors.trim_samples",
        "schedule": 60.0,
        "options": {"queue": "control", "expires": 60},
    },
    "connections.renew_due": {
        "task": "connections.renew_due",
        "schedule": 20.0,
        "options": {"queue": "control", "expires": 20},
    },
    "connections.tell_endings": {
        "task": "connections.tell_endings",
        "schedule": 600.0,
        "options": {"queue": "control", "expires": 600},
    },
    "connections.forget_sign_ins": {
        "task": "connections.forget_sign_ins",
        "schedule": 300.0,
        "options": {"queue": "control", "expires": 300},
    },
    "webhooks.forget_secrets": {
        "task": "webhooks.forget_secrets",
        "schedule": 600.0,
        "options": {"queue": "control", "expires": 600},
    },
    "recovery.watch": {
        "task": "recovery.watch",
        "schedule": 3.0,
        "options": {"queue": "control", "expires": 10},
    },
    "recovery.inactive_rule": {
        "task": "recovery.inactive_rule",
        "schedule": 3600.0,
        "options": {"queue": "control", "expires": 3600},
    },
    "insights.synthetic_pings": {
        "task": "insights.synthetic_pings",
        "schedule": 60.0,
        "options": {"queue": "control", "expires": 60},
    },
    "insights.weekly_summary": {
        "task": "insights.weekly_summary",
        "schedule": 3600.0,
        "options": {"queue": "control", "expires": 3600},
    },
    "insights.roll_up": {
        "task": "insights.roll_up",
        "schedule": 60.0,
        "options": {"queue": "control", "expires": 60},
    },
    "webhooks.read": {
        "task": "webhooks.read",
        "schedule": 1.0,
        "options": {"queue": "control", "expires": 10},
    },
    "webhooks.keys": {
        "task": "webhooks.keys",
        "schedule": 30.0,
        "options": {"queue": "control", "expires": 30},
    },
    "webhooks.partitions": {
        "task": "webhooks.partitions",
        "schedule": 6 * 3600.0,
        "options": {"queue": "control"},
    },
    "drills.step": {
        "task": "drills.step",
        "schedule": 2.0,
        "options": {"queue": "control", "expires": 10},
    },
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 5.0, "options": {"queue": "control", "expires": 10}},
}
