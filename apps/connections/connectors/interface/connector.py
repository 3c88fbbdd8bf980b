"""What every partner's client can do."""

from collections.abc import Mapping
from typing import Any, Protocol

from apps.connections.connectors.capability import AccountType, Capability
from apps.connections.connectors.interface.looks import Found, Probe
from apps.connections.connectors.interface.posts import AccountFacts, Shape
from apps.connections.connectors.interface.steps import Context, Step, StepResult
from apps.connections.connectors.interface.tokens import Accounts, Exchanged, TokenModel, TokenSet
from apps.connections.connectors.interface.wire import Answer, PartnerApp, Wire
from apps.errors.outcome import Usage
from apps.jobs.limits import Limit


class Connector(Protocol):
    """Our client for one platform. Stateless: one instance serves every connection."""

    @property
    def platform(self) -> str:
        """Our word for it."""
        ...

    @property
    def token_model(self) -> TokenModel:
        """How its access is kept alive."""
        ...

    @property
    def pkce(self) -> bool:
        """Whether its sign-in takes a code challenge."""
        ...

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for when connecting."""
        ...

    @property
    def permissions(self) -> Mapping[str, str]:
        """What each of these scopes lets us do, in plain words."""
        ...

    @property
    def account_types(self) -> Mapping[str, AccountType]:
        """What is true of each type of account."""
        ...

    @property
    def listing_scopes(self) -> tuple[str, ...]:
        """What it takes to see the accounts at all."""
        ...

    @property
    def capabilities(self) -> Mapping[tuple[str, str], Capability]:
        """What can be done, by account type and format."""
        ...

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What the partner lets us call."""
        ...

    def usage(self, account: AccountFacts, answer: Answer) -> tuple[Usage, ...]:
        """Return how much of its limits the partner says is gone, where it says so."""
        ...

    def parse_options(self, raw: Mapping[str, Any]) -> Any:
        """
        Turn the `options` of a request into the platform's frozen Options.

        :raises OptionsInvalid: naming the field, in plain words.
        """
        ...

    def steps(self, shape: Shape) -> tuple[Step, ...]:
        """Return the steps that publish such a post, in order, with exactly one commit point."""
        ...

    async def run(self, step: str, ctx: Context) -> StepResult:
        """Do one step."""
        ...

    async def find_published(self, ctx: Context, probe: Probe) -> Found:
        """Look for a post that may have gone out."""
        ...

    async def delete(self, ctx: Context, remote_id: str) -> StepResult:
        """Delete a published post; one that is gone already counts as deleted."""
        ...

    async def health(self, ctx: Context) -> StepResult:
        """Ask the cheapest question whose answer proves that this connection works, and where it is free for what."""
        ...

    def authorize_url(
        self,
        app: PartnerApp,
        *,
        redirect_uri: str,
        state: str,
        verifier: str = "",
        again: bool = False,
        login: str = "",
    ) -> str:
        """Return the partner's consent page; `again` asks for what was declined before."""
        ...

    async def exchange(
        self,
        app: PartnerApp,
        wire: Wire,
        *,
        code: str,
        redirect_uri: str,
        verifier: str = "",
        login: str = "",
    ) -> Exchanged:
        """Trade an authorisation code for tokens (long-lived ones where the partner has two kinds)."""
        ...

    async def refresh(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Exchanged:
        """Renew the tokens; an answer without a refresh token leaves `refresh_token` None (keep the old one)."""
        ...

    async def accounts(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Accounts:
        """List the accounts this grant can act for."""
        ...

    async def revoke(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> StepResult:
        """Give the access back at the partner, where it has an endpoint for that."""
        ...
