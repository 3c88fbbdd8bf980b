"""Google Business Profile's connector: the contract, file by file."""

from collections.abc import Mapping
from typing import Any

from apps.connections.connectors.gbp import health, oauth, options, publish, verify
from apps.connections.connectors.gbp.capabilities import (
    ACCOUNT_TYPES,
    CAPABILITIES,
    LISTING_SCOPES,
    PERMISSIONS,
    SCOPES,
)
from apps.connections.connectors.gbp.limits import LIMITS
from apps.connections.connectors.interface import (
    AccountFacts,
    Accounts,
    Answer,
    Context,
    Exchanged,
    Found,
    PartnerApp,
    Probe,
    Shape,
    Step,
    StepResult,
    TokenModel,
    TokenSet,
    Wire,
)
from apps.errors.outcome import Usage


class GbpConnector:
    """Posts on the locations of a business."""

    platform = "gbp"
    token_model = TokenModel.RENEWING
    pkce = True
    scopes = SCOPES
    permissions = PERMISSIONS
    account_types = ACCOUNT_TYPES
    listing_scopes = LISTING_SCOPES
    capabilities = CAPABILITIES
    limits = LIMITS

    def usage(self, account: AccountFacts, answer: Answer) -> tuple[Usage, ...]:
        return ()  # it says nothing of that

    def parse_options(self, raw: Mapping[str, Any]) -> options.GbpOptions:
        return options.parse(raw)

    def steps(self, shape: Shape) -> tuple[Step, ...]:
        return publish.steps(shape)

    async def run(self, step: str, ctx: Context) -> StepResult:
        return await publish.RUN[step](ctx)

    async def find_published(self, ctx: Context, probe: Probe) -> Found:
        return await verify.find_published(ctx, probe)

    async def delete(self, ctx: Context, remote_id: str) -> StepResult:
        return await health.delete(ctx, remote_id)

    async def health(self, ctx: Context) -> StepResult:
        return await health.health(ctx)

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
        return oauth.authorize_url(app, redirect_uri=redirect_uri, state=state, verifier=verifier)

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
        return await oauth.exchange(app, wire, code=code, redirect_uri=redirect_uri, verifier=verifier)

    async def refresh(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Exchanged:
        return await oauth.refresh(app, wire, tokens)

    async def accounts(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Accounts:
        return await oauth.accounts(app, wire, tokens)

    async def revoke(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> StepResult:
        return await oauth.revoke(app, wire, tokens)


CONNECTOR = GbpConnector()
