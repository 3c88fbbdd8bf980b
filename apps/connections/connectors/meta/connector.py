"""Meta's connector: the contract, file by file."""

from collections.abc import Mapping
from typing import Any

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
from apps.connections.connectors.meta import health, instagram_login, oauth, options, publish, usage, verify
from apps.connections.connectors.meta.capabilities import (
    ACCOUNT_TYPES,
    CAPABILITIES,
    LISTING_SCOPES,
    PERMISSIONS,
    SCOPES,
)
from apps.connections.connectors.meta.limits import LIMITS
from apps.errors.outcome import Usage


class MetaConnector:
    """Facebook Pages and Instagram through Facebook Login; Instagram without a page through its own."""

    platform = "meta"
    token_model = TokenModel.EXTENSION
    pkce = False
    scopes = SCOPES
    permissions = PERMISSIONS
    account_types = ACCOUNT_TYPES
    listing_scopes = LISTING_SCOPES
    capabilities = CAPABILITIES
    limits = LIMITS

    def usage(self, account: AccountFacts, answer: Answer) -> tuple[Usage, ...]:
        return usage.read(account, answer)

    def parse_options(self, raw: Mapping[str, Any]) -> options.MetaOptions:
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
        own = login == instagram_login.LOGIN
        page = instagram_login.authorize_url if own else oauth.authorize_url
        return page(app, redirect_uri=redirect_uri, state=state, again=again)

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
        own = login == instagram_login.LOGIN
        trade = instagram_login.exchange if own else oauth.exchange
        return await trade(app, wire, code=code, redirect_uri=redirect_uri)

    async def refresh(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Exchanged:
        extend = instagram_login.extend if login == instagram_login.LOGIN else oauth.extend
        return await extend(app, wire, tokens.access_token)

    async def accounts(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> Accounts:
        if login == instagram_login.LOGIN:
            return await instagram_login.accounts(app, wire, tokens)
        return await oauth.accounts(app, wire, tokens)

    async def revoke(self, app: PartnerApp, wire: Wire, tokens: TokenSet, *, login: str = "") -> StepResult:
        if login == instagram_login.LOGIN:
            return instagram_login.revoke()
        return await oauth.revoke(app, wire, tokens)


CONNECTOR = MetaConnector()
