"""Why a sign-in at a partner led to nothing: each reason with words of its own. Nothing was changed in any of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from apps.connections import permissions, sign_ins
from apps.connections.choices import SignInStage
from apps.connections.models import SignIn
from apps.core.problems import Problem


class SignInFailed(Problem):
    """The sign-in at the partner did not lead to a connection; nothing was changed."""

    code = "sign_in_failed"
    status = 409
    title = "Not connected yet"
    asks_for_more = False  # whether another try must ask for what was declined
    leaves_a_choice = False  # whether something can be made of what was brought


@contextmanager
def ending(sign_in: SignIn) -> Iterator[None]:
    """Let a refusal end the sign-in and forget its secrets, unless its person may still choose."""
    try:
        yield
    except SignInFailed as failed:
        if not failed.leaves_a_choice:
            sign_ins.end(sign_in, SignInStage.FAILED, why=failed.detail)
        raise


class SomebodyElseReconnects(SignInFailed):
    """The tenant's people do not reconnect accounts by themselves (feature flag)."""

    code = "reconnect_wizard_off"
    status = 403
    title = "Somebody else reconnects accounts here"

    def __init__(self) -> None:
        super().__init__(
            detail="Please ask whoever looks after Reknit for you to reconnect it. Your posts wait until then; nothing is lost."
        )


class Declined(SignInFailed):
    """The person said no on the partner's page."""

    code = "sign_in_declined"
    title = "You did not give permission"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"{partner} tells us that you chose not to go on, so we changed nothing. Try again when you are ready."
        )


class NotOffered(SignInFailed):
    """The partner does not let our app ask for what it needs."""

    code = "sign_in_not_offered"
    title = "This does not work at the moment"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"{partner} does not let Reknit ask for the permissions that posting needs. That is not your doing: our team has to sort it out with {partner}. Nothing was changed."
        )


class OtherAccount(SignInFailed):
    """Who signed in does not manage the account of this connection."""

    code = "sign_in_other_account"
    title = "That was another account"
    leaves_a_choice = True

    def __init__(self, partner: str, *, who: str, account: str) -> None:
        super().__init__(
            detail=f"You signed in at {partner} as {who}; this connection is {account}. Sign in as somebody who manages {account}, or add what {who} manages as a new connection."
        )


class MissingPermissions(SignInFailed):
    """Without what was left out nothing can be published."""

    code = "sign_in_permissions_missing"
    title = "Something is missing"
    asks_for_more = True

    def __init__(self, partner: str, scopes: Sequence[str]) -> None:
        named = ", ".join(permissions.in_words(scopes))
        asked = f" needs {named}" if named else " needs every permission that its page lists"
        super().__init__(
            detail=f"To post for you Reknit{asked} at {partner}. It was left out, so we changed nothing. Try again and leave everything ticked."
        )


class RoleTooLow(SignInFailed):
    """The person sees the account and may not post on it."""

    code = "sign_in_role_too_low"
    title = "You may look, but not post"

    def __init__(self, partner: str, *, who: str, account: str) -> None:
        super().__init__(
            detail=f"{who} may look at {account} at {partner}, but not post there. Ask whoever manages {account} for the right to post, or sign in as one of them. Nothing was changed."
        )


class NothingThere(SignInFailed):
    """The person manages nothing that could be connected."""

    code = "sign_in_nothing_there"
    title = "There is nothing to connect"

    def __init__(self, partner: str, *, who: str) -> None:
        super().__init__(
            detail=f"{who} manages nothing at {partner} that we could post to. Sign in there as somebody who does."
        )


class AllConnected(SignInFailed):
    """There is nothing left to add."""

    code = "sign_in_all_connected"
    title = "Everything is connected already"

    def __init__(self, partner: str, *, who: str) -> None:
        super().__init__(
            detail=f"All that {who} manages at {partner} is connected and works. Sign in there as somebody else to add more."
        )


class ConfirmationOver(SignInFailed):
    """The partner no longer takes the code that the browser brought."""

    code = "sign_in_confirmation_over"
    title = "The confirmation has run out"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"{partner} gives a confirmation that lasts only a few minutes, and this one was too old. Nothing was changed; once more, and it works."
        )


class UsedBefore(SignInFailed):
    """This way back was taken already."""

    code = "sign_in_used"
    title = "This way back was taken already"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"You came back from {partner} with this confirmation before; it counts once. Look at your connections: it may have worked. If not, start again."
        )


class TookTooLong(SignInFailed):
    """The person came back after more than ten minutes."""

    code = "sign_in_too_long"
    title = "That took longer than ten minutes"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"To keep your account safe we wait ten minutes for {partner}, not longer. Nothing was changed; start again."
        )


class OtherBrowser(SignInFailed):
    """The sign-in began in another browser, or as another person."""

    code = "sign_in_other_browser"
    title = "You began this somewhere else"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"This sign-in at {partner} began in another browser, or before you signed in here anew. Go on in that one, or start again here. Nothing was changed."
        )


class NotBegun(SignInFailed):
    """Nobody here began such a sign-in."""

    code = "sign_in_unknown"
    title = "We do not know this sign-in"

    def __init__(self) -> None:
        super().__init__(
            detail="Nobody here began it, so nothing was changed. Start from the page of your connections."
        )


class PartnerAway(SignInFailed):
    """The partner broke down in the middle."""

    code = "sign_in_partner_away"
    status = 503
    title = "The partner did not answer"

    def __init__(self, partner: str) -> None:
        super().__init__(
            detail=f"{partner} let you in and then did not answer us. Nothing was changed, and nothing of yours is lost; try again in a minute."
        )
