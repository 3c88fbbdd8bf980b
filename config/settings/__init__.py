"""In what surroundings it runs: the settings, one file per concern."""

from config.env import env
from config.production import refuse_what_is_unsafe
from config.settings.apps import *  # noqa: F403 - Django wants one flat namespace
from config.settings.console import *  # noqa: F403
from config.settings.database import *  # noqa: F403
from config.settings.engine import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.observability import *  # noqa: F403
from config.settings.partners import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.web import *  # noqa: F403

# `production` refuses what is unsafe, each with a sentence.
if env.text("REKNIT_ENV", "development") == "production":
    refuse_what_is_unsafe(globals())
