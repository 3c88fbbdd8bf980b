"""The routes of the API."""

from django.urls import path

from apps.api.v2.batch import BatchJobsView
from apps.api.v2.job_actions import JobAttemptsView, JobCancelView, JobConfirmView
from apps.api.v2.jobs import JobsView, JobView

urlpatterns = [
    path("batch/jobs", BatchJobsView.as_view(), name="api_batch_jobs"),
    path("jobs", JobsView.as_view(), name="api_jobs"),
    path("jobs/<uuid:job>", JobView.as_view(), name="api_job"),
    path("jobs/<uuid:job>/attempts", JobAttemptsView.as_view(), name="api_job_attempts"),
    path("jobs/<uuid:job>/cancel", JobCancelView.as_view(), name="api_job_cancel"),
    path("jobs/<uuid:job>/confirm", JobConfirmView.as_view(), name="api_job_confirm"),
]
