"""A worker that lost its lease changes nothing any more."""

import pytest
from django.db import connection
from django.test import override_settings

from apps.errors.outcome import Outcome, Verdict
from apps.jobs import lease
from apps.jobs.claim import Claimed, claim
from apps.jobs.kinds import Settlement
from apps.jobs.models import Attempt
from apps.jobs.settle import settle
from apps.jobs.sweep import sweep
from tests import scripted
from tests.make import make_job, make_tenant, reload


@pytest.fixture
def twice_claimed(committed: None, script: scripted.Script) -> tuple[Claimed, Claimed]:
    """A job that a frozen worker still believes to have, while its next owner is at work on it."""
    tenant, _ = make_tenant()
    make_job(tenant, args={"blind": False})
    (frozen,) = claim(lease.register("frozen"), lanes=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_runner SET lease_until = now() - interval '1 second'")
    sweep()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET run_at = now() - interval '1 second'")
        cursor.execute(
            "UPDATE jobs_lane SET ready_at = now() - interval '1 second', head1_at = now() - interval '1 hour'"
        )
    (owner,) = claim(lease.register("owner"), lanes=1)
    return frozen, owner


def _settle(one: Claimed) -> None:
    outcome = Outcome(verdict=Verdict.SUCCESS, committed=True, remote_id="from-a-zombie")
    settle(
        lease.register("zombie"),
        [Settlement(job=one.job, attempt=one.attempt, fence=one.fence, outcome=outcome)],
    )


def test_a_stale_answer_changes_no_state(twice_claimed: tuple[Claimed, Claimed]) -> None:
    frozen, owner = twice_claimed

    _settle(frozen)

    assert (reload(owner.job).state, reload(owner.job).remote_id) == ("running", "")


def test_a_stale_answer_is_kept_as_evidence(twice_claimed: tuple[Claimed, Claimed]) -> None:
    frozen, _ = twice_claimed

    _settle(frozen)

    assert "from-a-zombie" in Attempt.objects.get(pk=frozen.attempt).late_evidence


def test_without_the_fence_the_zombie_wins(twice_claimed: tuple[Claimed, Claimed]) -> None:
    frozen, owner = twice_claimed

    with override_settings(FENCING=False):
        _settle(frozen)

    assert reload(owner.job).remote_id == "from-a-zombie"
