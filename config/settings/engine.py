"""How the engine runs: broker, time travel, speed."""

from config.env import env

REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")

# Moves the product's clock for tests, demo and drills; production refuses it.
TIME_TRAVEL = env.flag("REKNIT_TIME_TRAVEL")

# Divides the waits of retries, verification and breakers in demo and fault runs, never a lease; production refuses it.
SPEED = env.number("REKNIT_SPEED", 1, least=1, most=1000)
