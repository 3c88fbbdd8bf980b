"""Keys and the rules that production insists on."""

from datetime import timedelta

from config.env import env
from config.settings.partners import PARTNER_URLS

# Shows settings and code to whoever meets a failure; production refuses it.
DEBUG = env.flag("REKNIT_DEBUG")

# Signs sessions and links; at least 50 characters.
SECRET_KEY = env.text("SECRET_KEY")

# `id:base64 key` pairs, comma-separated; the first encrypts, all decrypt. Rotate by putting a new one in front.
ENCRYPTION_KEYS = env.words("REKNIT_ENCRYPTION_KEYS")
# What tenants name (webhook endpoints) is called on public addresses and these ports only. The flag lets this machine in
# as well, with plain http, for development and demos; production refuses it.
EGRESS_PORTS = env.ports("REKNIT_EGRESS_PORTS", "443,8443")
EGRESS_LOOPBACK = env.flag("REKNIT_EGRESS_LOOPBACK")

# What API keys are hashed with; another one ends all keys.
API_KEY_PEPPER = env.text("REKNIT_API_KEY_PEPPER", SECRET_KEY)

# By which names we are called; others are refused.
ALLOWED_HOSTS = env.words("REKNIT_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")

# Chromium checks the redirect after a form: a reconnect leads to the partners' consent pages.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [
            "'self'",
            *sorted(
                {
                    PARTNER_URLS[name]
                    for name in PARTNER_URLS
                    if name.endswith(("WWW_URL", "LOGIN_URL", "ACCOUNTS_URL"))
                }
            ),
        ],
    },
}
# The console's toolkit evaluates expressions in attributes; no script is ever inline, and no data goes into one.
CONSOLE_CONTENT_POLICY = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'"],
    "style-src-attr": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # the partner's redirect must bring the session along
# Cookies over https only; production insists on it.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("REKNIT_SECURE_COOKIES")
# A browser takes such names from our host alone, over https: no neighbour under the same domain can plant one.
_OURS = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_OURS}sessionid", f"{_OURS}csrftoken"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Ten wrong passwords for one person from one address close that door for a quarter of an hour.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "web/locked_out.html"
AXES_USERNAME_FORM_FIELD = "username"  # of the form; our users are known by e-mail
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the event log is our log
AXES_VERBOSE = False
# Staff give a second factor at each sign-in; each wrong one doubles the wait for the next. Production insists on it.
STAFF_TWO_FACTOR = env.flag("REKNIT_STAFF_TWO_FACTOR", default=True)
OTP_TOTP_ISSUER = "Reknit"
PASSWORD_RESET_TIMEOUT = 3600  # seconds
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}}
]
