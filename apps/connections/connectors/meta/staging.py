"""Staging several media one after the other: what is staged twice is an orphan that nobody sees."""

from apps.connections.connectors.base import draft_of, text_id, unproven
from apps.connections.connectors.interface import Context, Step, StepResult
from apps.connections.connectors.meta.answers import PLATFORM, refused, succeeded, write


async def stage_next(ctx: Context, form: dict[str, str], *, step: Step, at: str, kept_as: str) -> StepResult:
    """Stage the next medium under the account's path `at`, and go on until each of them has its id in the progress."""
    answer = await ctx.wire.send(write(ctx, f"{ctx.account.external_id}/{at}", form))
    if not succeeded(answer):
        return refused(answer, operation="upload", about="account")
    if not (made := text_id(answer.value("id"))):
        return unproven(PLATFORM, answer, operation="upload")
    staged = [*ctx.progress.get(kept_as, ()), made]
    more = len(staged) < len(draft_of(ctx).media)
    return StepResult(progress={kept_as: staged}, restart_at=step.name if more else "")
