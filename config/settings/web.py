"""What the web process serves: middleware, templates, static files, API defaults."""

from pathlib import Path
from urllib.parse import urlsplit

from config.env import env

ROOT = Path(__file__).resolve().parents[2]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# Where people, partners and mails find us.
PUBLIC_URL = env.text("REKNIT_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
# A proxy that ends TLS speaks plain http to us: forms come from this address, whatever ours seems to be.
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(PUBLIC_URL))]
# How many proxies of yours stand in front of web, one behind the other: X-Forwarded-For is believed so far and no further.
PROXIES = int(env.number("REKNIT_PROXIES", 0, least=0, most=9))

MIDDLEWARE = [
    "config.proxies.Proxies",
    "config.observability.requests.Requests",
    "config.readable.Readable",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.api.limits.BodyLimit",
    "apps.webhooks.inbound.views.Door",
    "apps.console.policy.TwoPolicies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.web.viewing.SeeAs",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
# Without a folder of collected files (development, demo, tests) they are served from where they stand.
STATIC_ROOT = env.text("REKNIT_STATIC_ROOT", "") or None

# Where pictures and films are kept; `media` in the checkout unless said otherwise.
MEDIA_ROOT = env.text("REKNIT_MEDIA_ROOT", str(ROOT / "media"))

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
WHITENOISE_USE_FINDERS = STATIC_ROOT is None

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["apps.api.renderers.QuickJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.ShallowJSONParser"],
    "EXCEPTION_HANDLER": "apps.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
