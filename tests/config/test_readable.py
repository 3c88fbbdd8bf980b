"""Addresses that nobody can type are refused, and end in no database."""

import pytest
from django.test import Client

from tests.browsers import signed_in
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/admin/jobs/job/?q=%00", "/t/acme/posts/?show=%00", "/t/ac%00me/"])
def test_a_nul_in_a_pages_address_is_a_bad_request(path: str) -> None:
    make_tenant()

    assert signed_in("alice@acme.test").get(path).status_code == 400


def test_the_api_answers_in_words() -> None:
    answer = Client().get("/api/v2/jobs?state=%00")

    assert answer["Content-Type"] == "application/problem+json"
