"""From the end of a connector's step to what the engine does next."""

from collections.abc import Sequence
from dataclasses import replace

from apps.connections.connectors.interface import Step, StepResult
from apps.errors.outcome import NextStep, Outcome, Verdict


def step_outcome(result: StepResult, step: Step, steps: Sequence[Step]) -> Outcome:
    """Translate the end of a step."""
    answer = result.answer
    outcome = Outcome(
        verdict=Verdict.SUCCESS,
        # What is begun anew from the commit point was refused there: nothing of it is public yet.
        committed=step.commit and not result.restart_at,
        poll_after=result.poll_after,
        progress=result.progress,
        remote_id=result.remote_id,
        permalink=result.permalink,
        http_status=answer.status if answer else None,
    )
    if result.failure is None:
        following = _named(steps, result.restart_at or result.skip_to) or _after(steps, step)
        passed = bool(result.skip_to) and _passes_commit(steps, step, result.skip_to)
        return replace(outcome, next=following, committed=outcome.committed or passed)
    verdict = Verdict.FAILURE if result.failure.proof else Verdict.UNKNOWN
    return replace(
        outcome,
        verdict=verdict,
        committed=False,
        classification=result.failure,
        next=_named(steps, result.restart_at),
    )


def next_step(step: Step) -> NextStep:
    """Return what the engine must know of a step before it is run."""
    return NextStep(step.name, at_commit=step.commit, calls=step.calls)


def after_commit(steps: Sequence[Step]) -> NextStep | None:
    """Return the step that follows the commit point, if one does."""
    return _after(steps, next(step for step in steps if step.commit))


def _named(steps: Sequence[Step], name: str) -> NextStep | None:
    return next((next_step(step) for step in steps if step.name == name), None)


def _after(steps: Sequence[Step], step: Step) -> NextStep | None:
    names = [one.name for one in steps]
    index = names.index(step.name) + 1
    return next_step(steps[index]) if index < len(steps) else None


def _passes_commit(steps: Sequence[Step], step: Step, target: str) -> bool:
    names = [one.name for one in steps]
    return any(one.commit for one in steps[names.index(step.name) : names.index(target)])
