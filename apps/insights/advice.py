"""What we advise after a week: each rule looks at the numbers and says at most a sentence about each partner. Pure."""

from collections.abc import Callable, Iterator

from apps.insights import words
from apps.insights.numbers import Digest, PlatformWeek

# A rule speaks from here on; below, a number is chance.
RECONNECTS, RECONNECTS_RISE = 3, 1.25
SLOW_RECOVERY, RECOVERIES = 4 * 3600, 2
SPELLS = 3
POSTS, GOOD_RATE = 20, 0.95
ERRORS, ERRORS_RISE = 10, 2

QUIET = "A quiet week: nothing was published, and nothing went wrong."
WELL = "Nothing to do: everything that was planned went out."


def advice(week: Digest) -> list[str]:
    """Return the sentences that the rules have to say, or that there is nothing to do."""
    if week.is_quiet:
        return [QUIET]
    said = [sentence for rule in RULES for sentence in rule(week)]
    return said or ([WELL] if not week.this.failed else [_little_failed(week)])


def reconnects_rose(week: Digest) -> Iterator[str]:
    """Three or more reconnects, and a quarter more than the week before."""
    for one in week.platforms:
        now, before = one.this.reconnects, one.before.reconnects
        if now < RECONNECTS or now < before * RECONNECTS_RISE:
            continue
        more = (
            f"{round((now / before - 1) * 100)} % more than the week before"
            if before
            else "after none the week before"
        )
        yield (
            f"{words.partner(one.platform)} had to be reconnected {now} times, {more}."
            " Give every permission when you sign in, and let one person look after each account."
        )


def recovery_was_slow(week: Digest) -> Iterator[str]:
    """Four hours or more on average until an account published again, twice or more."""
    for one in week.platforms:
        if one.recoveries >= RECOVERIES and one.recovery_seconds >= SLOW_RECOVERY:
            yield (
                f"{words.partner(one.platform)}: it took {words.duration(one.recovery_seconds)} on average until an"
                f" account published again{_about_access(one)}. Reconnect as soon as we write; your posts wait until then."
            )


def partner_slowed_us(week: Digest) -> Iterator[str]:
    """Three or more spells in which a partner asked us to slow down."""
    for one in week.platforms:
        if one.spells >= SPELLS:
            yield (
                f"{words.partner(one.platform)} asked us to slow down {one.spells} times."
                " Spread your posts there over the day."
            )


def much_failed(week: Digest) -> Iterator[str]:
    """Less than 95 in 100 of twenty posts or more went out."""
    for one in week.platforms:
        rate = one.this.success_rate
        if rate is not None and one.this.total >= POSTS and rate < GOOD_RATE:
            yield (
                f"{words.partner(one.platform)} did not take {one.this.failed} of {one.this.total} posts."
                " The page Posts says why, for each of them."
            )


def an_error_rose(week: Digest) -> Iterator[str]:
    """One cause came ten times or more, and twice as often as the week before."""
    for one in week.errors:
        count, before = one["count"], one["before"]
        if count >= ERRORS and count >= before * ERRORS_RISE:
            yield f"{words.error(one['code'])}: {count} times, after {before} the week before."


RULES: tuple[Callable[[Digest], Iterator[str]], ...] = (
    reconnects_rose,
    recovery_was_slow,
    much_failed,
    partner_slowed_us,
    an_error_rose,
)


def _about_access(one: PlatformWeek) -> str:
    if not one.access_stops:
        return ""
    return f"; {one.access_stops} of {words.counted(one.stops, 'stop')} came from a password or a permission"


def _little_failed(week: Digest) -> str:
    return f"{words.counted(week.this.failed, 'post')} did not go out; the page Posts says why."
