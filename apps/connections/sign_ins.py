"""What a sign-in brought: kept encrypted in its own row until it has proven itself, then used or forgotten."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from apps.connections.choices import SignInStage
from apps.connections.connectors.interface import AccountFacts, TokenSet
from apps.connections.models import SignIn
from apps.core import crypto

LIFETIME = timedelta(minutes=10)
# Ended ones say for a while how they ended, to whoever comes back to their page.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Brought:
    """Tokens, and the accounts that they reach."""

    tokens: TokenSet
    accounts: tuple[AccountFacts, ...]


def keep(
    sign_in: SignIn, brought: Brought, *, stage: SignInStage, chosen: Sequence[str] = (), at: datetime
) -> bool:
    """Keep what was brought while the person chooses or the health check runs; False when it has ended meanwhile."""
    sealed = json.dumps([asdict(brought.tokens), [asdict(one) for one in brought.accounts]])
    going = SignIn.objects.for_tenant(sign_in.tenant_id).filter(pk=sign_in.pk).exclude(stage__in=_ENDED)
    return bool(
        going.update(
            stage=stage,
            brought=crypto.encrypt(sealed, context=_context(sign_in.pk)),
            chosen=list(chosen),
            connection=sign_in.connection_id,
            expires_at=at + LIFETIME,
        )
    )


def brought_by(sign_in: SignIn) -> Brought:
    """Return what was kept."""
    tokens, accounts = json.loads(crypto.decrypt(sign_in.brought, context=_context(sign_in.pk)))
    return Brought(
        TokenSet(**{**tokens, "scopes": tuple(tokens["scopes"])}),
        tuple(AccountFacts(**account) for account in accounts),
    )


def end(sign_in: SignIn, stage: SignInStage, *, why: str = "", chosen: Collection[str] | None = None) -> bool:
    """Note how it ended and forget the secrets; False when it has ended before."""
    going = SignIn.objects.for_tenant(sign_in.tenant_id).filter(pk=sign_in.pk).exclude(stage__in=_ENDED)
    used = sign_in.chosen if chosen is None else list(chosen)
    return bool(going.update(stage=stage, why=why, chosen=used, brought=""))


def forget_old_ones(*, at: datetime) -> int:
    """Erase the secrets of sign-ins that nobody finished, and the rows of those that ended long ago."""
    rows = SignIn.objects.across_tenants()
    left_lying = Q(stage__in=[SignInStage.AWAY, SignInStage.CHOOSING], expires_at__lt=at)
    never_checked = Q(stage=SignInStage.PROVING, expires_at__lt=at - KEPT)
    forgotten = rows.filter(left_lying | never_checked).update(stage=SignInStage.FAILED, brought="")
    rows.filter(stage__in=_ENDED, expires_at__lt=at - KEPT).delete()
    return forgotten


_ENDED = (SignInStage.DONE, SignInStage.FAILED)


def _context(sign_in: UUID) -> str:
    return f"{sign_in}:brought"
