"""The settings, one file per concern; everything comes from the environment."""

from config.settings.apps import *  # noqa: F403 - Django wants one flat namespace
from config.settings.database import *  # noqa: F403
from config.settings.engine import *  # noqa: F403
from config.settings.partners import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.web import *  # noqa: F403
