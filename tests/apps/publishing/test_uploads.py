"""Uploads that no post took are cleared away, file and all; what a post needs is not."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from PIL import Image, PngImagePlugin

from apps.core import clock
from apps.jobs import retention
from apps.publishing.actions.publish import publish
from apps.publishing.media import MediaRefused, store, use
from apps.publishing.models import Media
from apps.tenants.models import Tenant
from tests.make import make_connection, make_tenant
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=31)


@pytest.fixture
def acme() -> Tenant:
    """A tenant."""
    return make_tenant()[0]


def upload(tenant: Tenant, ago: timedelta = LONG_AGO) -> Media:
    """Add a picture."""
    content = BytesIO()
    Image.new("RGB", (600, 600)).save(content, "JPEG")
    return store(content.getvalue(), name="a.jpg", tenant=tenant.pk, at=clock.now() - ago)


def prune() -> int:
    """Clear away what is old, as the control worker does each minute."""
    return retention.prune(at=clock.now(), real_at=clock.real_now()).others


def test_go_with_their_files_once_they_are_old(
    acme: Tenant, simulator: Simulator, django_capture_on_commit_callbacks: Any
) -> None:
    page = make_connection(acme, simulator.account("meta", "page"))
    forgotten, sent, fresh = upload(acme), upload(acme), upload(acme, timedelta(days=29))
    raw = {"format": "image", "text": "Hello", "media": [str(sent.pk)]}
    publish(connection=page, raw=raw, actor="user:alice", at=clock.now())

    with django_capture_on_commit_callbacks(execute=True):
        gone = prune()

    assert (gone, Path(forgotten.file.path).exists(), Path(sent.file.path).exists()) == (1, False, True)
    assert set(Media.objects.across_tenants()) == {sent, fresh}


def test_one_that_has_just_gone_refuses_the_post_in_words(acme: Tenant) -> None:
    forgotten = upload(acme)
    prune()

    with pytest.raises(MediaRefused, match="add it once more"), transaction.atomic():
        use([forgotten.pk], tenant=acme.pk)


def test_another_tenants_upload_is_no_ones_to_use(acme: Tenant) -> None:
    globex, _ = make_tenant("Globex", "charlie@globex.test")

    with pytest.raises(MediaRefused):
        use([upload(globex).pk], tenant=acme.pk)
    assert not Media.objects.across_tenants().filter(is_used=True).exists()


def test_a_picture_that_unpacks_to_more_than_anybody_reads_is_refused_in_words(acme: Tenant) -> None:
    bomb, content = PngImagePlugin.PngInfo(), BytesIO()
    bomb.add_text("Comment", "a" * 2 * 1024 * 1024, zip=True)
    Image.new("RGB", (600, 600)).save(content, "PNG", pnginfo=bomb)

    with pytest.raises(MediaRefused):
        store(content.getvalue(), name="a.png", tenant=acme.pk, at=clock.now())
