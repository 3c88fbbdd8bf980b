"""From a connector's result to an outcome."""

from apps.connections.connectors.interface import Step, StepResult
from apps.connections.steps import step_outcome

STEPS = (Step("init"), Step("upload", commit=True), Step("poll", poll=True))


def test_what_is_begun_anew_from_the_commit_point_is_not_out() -> None:
    outcome = step_outcome(StepResult(restart_at="init"), STEPS[1], STEPS)

    assert outcome.next
    assert (outcome.committed, outcome.next.name) == (False, "init")
