"""A query that was not told whose rows it may see answers nothing."""

from collections.abc import Callable
from operator import methodcaller

import pytest
from django.db.models import QuerySet

from apps.jobs.models import Job
from apps.tenants.models import Brand
from apps.tenants.scoping import TenantMissing
from tests.make import make_tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "ask",
    [
        list,
        methodcaller("count"),
        methodcaller("exists"),
        methodcaller("first"),
        lambda rows: rows.update(name="x"),
        lambda rows: rows.delete(),
        lambda rows: rows.get(name="x"),
        lambda rows: list(rows.values("id")),
        lambda rows: list(rows.iterator()),
    ],
)
def test_raises_without_a_tenant(ask: Callable[[QuerySet[Brand]], object]) -> None:
    with pytest.raises(TenantMissing):
        ask(Brand.objects.filter(name="x"))


def test_shows_a_tenant_only_its_own() -> None:
    acme, _ = make_tenant()
    globex, _ = make_tenant("Globex", "charlie@globex.test")
    Brand.objects.create(tenant=acme, name="Acme Shoes")

    assert (Brand.objects.for_tenant(acme.pk).count(), Brand.objects.for_tenant(globex.pk).count()) == (1, 0)


def test_every_model_with_a_tenant_fails_closed() -> None:
    with pytest.raises(TenantMissing):
        Job.objects.count()
