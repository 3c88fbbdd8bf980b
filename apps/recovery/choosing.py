"""A person's choice in the middle of a sign-in: which accounts to connect, or what else shall move."""

from collections.abc import Collection
from datetime import datetime

from apps.connections import proving, sign_ins
from apps.connections.choices import SignInStage
from apps.connections.connectors.interface import AccountFacts
from apps.connections.models import SignIn
from apps.recovery.weigh import unconnected


def offered(sign_in: SignIn) -> list[AccountFacts]:
    """Return what can be chosen now."""
    brought = sign_ins.brought_by(sign_in)
    return unconnected(sign_in, brought) if sign_in.connection is None else list(brought.accounts)


def choose(sign_in: SignIn, names: Collection[str], *, at: datetime) -> bool:
    """Let what was ticked prove itself; nothing ticked ends the sign-in. False when nothing was ticked."""
    chosen = [one.external_id for one in offered(sign_in) if one.external_id in names]
    if chosen:
        proving.begin(sign_in, sign_ins.brought_by(sign_in), chosen, at=at)
    else:
        sign_ins.end(sign_in, SignInStage.DONE)
    return bool(chosen)
