"""The WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REKNIT_WORKER", "web")  # what the settings give a process that answers requests
application = get_wsgi_application()
