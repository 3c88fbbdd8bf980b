"""What partners call."""

from django.urls import path

from apps.webhooks.inbound.views import receive

urlpatterns = [path("<path:path>", receive, name="webhook_in")]
