"""How e-mail leaves the house; without a server it is printed where the process runs."""

from config.env import env

EMAIL_HOST = env.text("REKNIT_EMAIL_HOST", "")
EMAIL_PORT = int(env.number("REKNIT_EMAIL_PORT", 587, least=1, most=65535))
EMAIL_HOST_USER = env.text("REKNIT_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("REKNIT_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("REKNIT_EMAIL_TLS", default=True)
EMAIL_TIMEOUT = 10  # seconds
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("REKNIT_EMAIL_FROM", "reknit@localhost")
