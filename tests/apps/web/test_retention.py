"""What the site keeps of people goes after a while."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from apps.core import clock
from apps.jobs import retention
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


def test_a_failed_sign_in_and_its_address_are_forgotten_after_thirty_days(client: Client) -> None:
    make_tenant()
    client.post(reverse("login"), {"username": "alice@acme.test", "password": "wrong"})
    [attempt] = AccessAttempt.objects.all()
    assert attempt.ip_address

    def left(days: int) -> int:
        retention.prune(at=clock.now(), real_at=attempt.attempt_time + timedelta(days=days, seconds=1))
        return AccessAttempt.objects.count()

    assert (left(29), left(30)) == (1, 0)


def test_a_session_is_forgotten_once_it_is_over(client: Client) -> None:
    _, alice = make_tenant()
    client.force_login(alice)
    session = Session.objects.get()

    def left(after: timedelta) -> int:
        retention.prune(at=clock.now(), real_at=session.expire_date + after)
        return Session.objects.count()

    assert (left(timedelta(0)), left(timedelta(seconds=1))) == (1, 0)
