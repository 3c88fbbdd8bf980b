"""The routes of the API."""

from django.urls import path

from apps.api.v2.jobs import JobsView, JobView

urlpatterns = [
    path("jobs", JobsView.as_view(), name="api_jobs"),
    path("jobs/<uuid:job>", JobView.as_view(), name="api_job"),
]
