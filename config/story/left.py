"""The last chapter is told by whoever looks on: one connection is left stopped, for docs/tutorials/first-incident.md."""

from rich.console import Console

from config.story.progress import Waiting
from config.story.world import PARTNERS, World, status_of, user_of

POSTS = 3


def leave_one_to_the_visitor(world: World, waiting: Waiting, console: Console) -> None:
    """A password is changed once more, while posts wait; nobody brings it back."""
    page = world.some(PARTNERS[0], 1)
    wanted = {"platform": page.platform, "user_id": user_of(page), "mode": "password_changed"}
    world.control("tokens/revoke", wanted)
    for number in range(1, POSTS + 1):
        world.publish(page, f"Yours to bring back no. {number}")
    waiting.until(
        "One more password is changed: this one is yours",
        lambda: status_of(page) in {"attention", "revoked"},
        within=20,
    )
    console.print(f"  {page.name} is stopped. Bring it back: docs/tutorials/first-incident.md")
