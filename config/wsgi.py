"""The WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from apps.core import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REKNIT_WORKER", "web")  # its threads keep their database connections
application = get_wsgi_application()
memory.spare_the_collector()
