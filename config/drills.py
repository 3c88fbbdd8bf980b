"""`make drills`: runs the drills on the demo's stack, plays the tenant's person, and says which ended without staff."""

import argparse
import os
import signal
import sys
import time

from rich.console import Console
from rich.table import Table

from config.demo import SETTINGS
from config.stack.home import StackFailed
from config.stack.stack import Stack

SHARE = 0.9  # must end without staff
PATIENCE = 240  # seconds for one drill
SECONDS = 8  # of what is broken by the clock
# What is broken on which account; those marked wait for their person.
PLAN = (
    ("expire_token", "meta", False, True),
    ("expire_token", "gbp", True, False),
    ("remove_permission", "linkedin", False, True),
    ("partner_5xx", "meta", False, False),
    ("rate_limit_429", "mailchimp", False, False),
    ("slow_partner", "tiktok", False, False),
    ("cut_socket", "gbp", False, False),
    ("duplicate_webhook", "meta", False, True),
    ("refresh_race", "tiktok", False, False),
    ("mass_revocation", "meta", False, False),
    ("worker_killed", "linkedin", False, False),
    ("clock_skew", "meta", False, False),  # the last: our clock stays ahead until the partners' follow
)

_SHOWN = {
    "posts": "posts",
    "published": "out",
    "held": "held",
    "lost": "lost",
    "doubled": "doubled",
    "alerts": "mails",
    "without_staff": "alone",
    "outside_unchanged": "others untouched",
}


def main() -> int:
    """Run them one after the other; 0 only if each held and enough of them ended without staff."""
    parser = argparse.ArgumentParser(prog="drills")
    parser.add_argument("--only", default="", help="some of them by name, separated by commas")
    wanted = {name for name in parser.parse_args().only.split(",") if name}
    console = Console(highlight=False, width=130)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with Stack(extra=SETTINGS, fresh=True) as stack:
            os.environ.update(stack.environment)
            return 0 if _run(stack, console, wanted) else 1
    except StackFailed as failed:
        console.print(f"[red]{failed}[/red]")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 1


def _run(stack: Stack, console: Console, wanted: set[str]) -> bool:
    """Django reads its settings now that the stack has set them."""
    import django  # noqa: PLC0415 - not before the environment is complete

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from config.story.drilling import House  # noqa: PLC0415 - needs Django

    house, cards = House(stack), []
    for name, platform, refresh_works, person in PLAN:
        if wanted and name not in wanted:
            continue
        began = time.monotonic()
        card = house.drill(
            name, platform, seconds=SECONDS, refresh_works=refresh_works, person=person, within=PATIENCE
        )
        console.print(
            f"  {name} at {platform}: {card['verdict']} in {time.monotonic() - began:.0f} s {card['why']}"
        )
        cards.append((platform, card))
    console.print(_table(cards))
    alone = sum(1 for _, card in cards if card["verdict"] == "passed" and card["without_staff"])
    console.print(f"{alone} of {len(cards)} ended without staff; {SHARE:.0%} must.")
    held = all(card["verdict"] == "passed" and card["outside_unchanged"] for _, card in cards)
    return held and bool(cards) and alone >= SHARE * len(cards)


def _table(cards: list[tuple[str, dict[str, object]]]) -> Table:
    table = Table(title="Report cards")
    table.add_column("drill", no_wrap=True)
    for heading in ("partner", "noticed", "well", *_SHOWN.values(), "verdict"):
        table.add_column(heading)
    for platform, card in cards:
        after = [f"{card[one]} s" for one in ("detected_after_seconds", "recovered_after_seconds")]
        shown = [_word(card.get(one)) for one in _SHOWN]
        table.add_row(str(card["name"]), platform, *after, *shown, str(card["verdict"]))
    return table


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.exit(main())
