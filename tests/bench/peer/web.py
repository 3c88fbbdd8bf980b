"""The usual way to take webhooks: parse, write by the ORM, hand to a task, all while the partner waits."""

import hashlib
import hmac
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = __name__
application = get_wsgi_application()

from celery import current_app  # noqa: E402 - after Django is set up
from django.urls import path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from apps.api import health  # noqa: E402
from apps.core import clock  # noqa: E402
from apps.webhooks.models import IncomingEvent, Intake  # noqa: E402


class Webhook(APIView):
    authentication_classes: Any = ()
    permission_classes: Any = ()

    def post(self, request: Request) -> Response:
        raw = request._request.body
        seal = hmac.new(b"bench", raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={seal}", request.headers.get("X-Hub-Signature-256", "")):
            return Response(status=401)
        row = Intake.objects.create(receiver="meta", platform="meta", body=raw, at=clock.now(), state="read")
        for entry in request.data["entry"]:
            for change in entry["changes"]:
                IncomingEvent.objects.get_or_create(
                    intake=row.pk,
                    receiver="meta",
                    kind=change["field"],
                    defaults={"act": "nothing", "ending": "noted", "at": row.at},
                )
        current_app.send_task("peer.nothing", queue="peer", ignore_result=True)
        return Response({"status": "ok"})


urlpatterns = [path("healthz", health.healthz), path("api/webhooks/meta", Webhook.as_view())]
