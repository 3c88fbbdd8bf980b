"""How the engine runs: broker, time travel, speed."""

from config.env import env

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
    "errors.trim_samples": {
        "task": "errors.trim_samples",
        "schedule": 60.0,
        "options": {"queue": "control", "expires": 60},
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
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 5.0, "options": {"queue": "control", "expires": 10}},
}
