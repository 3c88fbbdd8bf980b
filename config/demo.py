"""`make demo`: starts the house, tells the product's story against the simulator, and leaves the site running."""

import argparse
import os
import signal
import sys

from rich.console import Console

from config.stack.home import StackFailed
from config.stack.stack import Stack

SETTINGS = {
    "REKNIT_TIME_TRAVEL": "1",
    "REKNIT_SPEED": "20",  # waits of retries and verification are divided; leases never are
    "REKNIT_INCIDENT_CONNECTIONS": "4",
    "REKNIT_EGRESS_LOOPBACK": "1",  # webhooks to a receiver on this machine
    "REKNIT_DEBUG": "0",
    "REKNIT_STAFF_TWO_FACTOR": "0",
}


def main() -> int:
    """Run the story; with --check exit afterwards, 0 only if every step held."""
    parser = argparse.ArgumentParser(prog="demo")
    parser.add_argument("--check", action="store_true", help="exit after the story")
    parser.add_argument("--no-story", action="store_true", help="only run the processes")
    given = parser.parse_args()
    console = Console(highlight=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also when a shell started us in the background
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with Stack(extra=SETTINGS, fresh=not given.no_story) as stack:
            os.environ.update(stack.environment)
            held = given.no_story or _tell(stack, console)
            if given.check:
                return 0 if held else 1
            _banner(stack, console)
            signal.pause()
    except StackFailed as failed:
        console.print(f"[red]{failed}[/red]")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
    return 0


def _tell(stack: Stack, console: Console) -> bool:
    """Django reads its settings now that the stack has set them."""
    import django  # noqa: PLC0415 - not before the environment is complete

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from config.story import Story, StoryBroke  # noqa: PLC0415 - needs Django

    try:
        return Story(stack, console).tell()
    except StoryBroke as broke:
        console.print(f"\n[red]The story broke: {broke}[/red]")
        return False


def _banner(stack: Stack, console: Console) -> None:
    console.print(f"\n  Tenant pages   {stack.url}/            alice@harbour.test / demo-password")
    console.print(f"  Ops console    {stack.url}/admin/      ops@reknit.test / demo-password")
    console.print(f"  Test mailbox   {stack.url}/admin/mailbox/")
    console.print(f"  Metrics        {stack.url}/metrics")
    console.print(f"  The partners   {stack.simulator_url}/")
    console.print("\nCtrl-C stops everything.")


if __name__ == "__main__":
    sys.exit(main())
