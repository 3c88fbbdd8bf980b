"""Behind a proxy that ends TLS forms are taken, and callers keep their own addresses."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from tests.make import make_tenant

pytestmark = pytest.mark.django_db
WEB = Path(__file__).parents[2] / "config" / "settings" / "web.py"


@pytest.mark.parametrize(
    ("origin", "status"), [("https://reknit.example.com", 302), ("https://elsewhere.example.com", 403)]
)
def test_a_form_is_taken_from_the_public_address_alone(
    origin: str, status: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REKNIT_PUBLIC_URL", "https://reknit.example.com/")
    settings.CSRF_TRUSTED_ORIGINS = runpy.run_path(str(WEB))["CSRF_TRUSTED_ORIGINS"]
    make_tenant()
    browser = Client(enforce_csrf_checks=True, headers={"Origin": origin})
    token = browser.get(reverse("login")).context["csrf_token"]

    said = {"username": "alice@acme.test", "password": "secret", "csrfmiddlewaretoken": str(token)}
    answer = browser.post(reverse("login"), said)

    assert answer.status_code == status


def test_over_https_no_neighbour_under_our_domain_can_plant_a_cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKNIT_SECURE_COOKIES", "1")

    said = runpy.run_path(str(WEB.with_name("security.py")))

    assert (said["SESSION_COOKIE_NAME"], said["CSRF_COOKIE_NAME"]) == ("__Host-sessionid", "__Host-csrftoken")
    assert (said["SESSION_COOKIE_SECURE"], said["CSRF_COOKIE_SECURE"]) == (True, True)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "198.51.100.1, 203.0.113.9:51234", "203.0.113.9"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "fe80::1%eth0", "127.0.0.1"),
        (1, "[2001:db8::7", "127.0.0.1"),
        (1, "unknown", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_a_failed_sign_in_counts_against_who_called_the_outermost_proxy(
    proxies: int, forwarded: str, seen: str, settings: Any
) -> None:
    settings.PROXIES = proxies
    make_tenant()

    said = {"username": "alice@acme.test", "password": "wrong"}
    Client().post(reverse("login"), said, headers={"X-Forwarded-For": forwarded})

    assert AccessAttempt.objects.get().ip_address == seen
