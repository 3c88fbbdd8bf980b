"""The stage of a drill: whoever has a route speaks to it as if it were the partner, with tokens that only it knows."""

import json
import re
from dataclasses import dataclass, field, replace
from functools import cache
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from apps.connections.connectors.interface import PartnerApp, Request
from apps.connections.wire import WireFailed
from apps.core import crypto
from apps.errors.classification import Classification, Confidence, Scope
from apps.errors.codes import ErrorCode
from apps.errors.outcome import Look, Outcome, Verdict
from apps.jobs.choices import JobState
from apps.jobs.kinds import HoldReason
from apps.jobs.models import Job


class NotOnStage(OSError):
    """The address belongs to no host that the stage plays."""


@dataclass(frozen=True, slots=True)
class StageTokens:
    """What a connection calls itself on the stage: its sign-in's tokens, and a token of its own where there is one."""

    access: str = field(repr=False)
    own: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)

    @property
    def of_account(self) -> tuple[str, str]:
        """What the account's own calls use: access, and what renews it."""
        return self.own or self.access, "" if self.own else self.refresh


@dataclass(frozen=True, slots=True)
class Pass:
    """Everything that a route lets in with: the set that the drill spoils, the one after it, and who we are there."""

    first: StageTokens
    second: StageTokens
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    def sealed(self, route: UUID) -> str:
        """Return it as the route's row keeps it."""
        said = {
            "first": [self.first.access, self.first.own, self.first.refresh],
            "second": [self.second.access, self.second.own, self.second.refresh],
            "app": [self.client_id, self.client_secret],
        }
        return crypto.encrypt(json.dumps(said), context=f"{route}:tokens")

    @classmethod
    def opened(cls, sealed: str, route: UUID) -> "Pass":
        """Return what a row keeps. :raises CannotDecrypt: when its key is gone."""
        said = json.loads(crypto.decrypt(sealed, context=f"{route}:tokens"))
        return cls(StageTokens(*said["first"]), StageTokens(*said["second"]), *said["app"])

    def stage(self, run: str, base_url: str, *, spoilt: bool) -> "Stage":
        """Return the way in, with the tokens that the drill spoils or with those that came after."""
        tokens = self.first if spoilt else self.second
        return Stage(run, base_url, tokens, self.client_id, self.client_secret)


@dataclass(frozen=True, slots=True)
class Stage:
    """One connection's stage during one drill."""

    run: str
    base_url: str
    tokens: StageTokens
    client_id: str
    client_secret: str = field(repr=False)

    def redirected(self, request: Request) -> Request:
        """
        Return the request as it goes to the stage; a partner's host is a path there.

        :raises WireFailed: for any other address. Nothing is ever sent to whoever was really meant.
        """
        for name, pattern in _hosts(tuple(settings.PARTNER_URLS.items())):
            if found := pattern.match(request.url):
                url = f"{self.base_url}/{name}{request.url[found.end() :]}"
                headers = {**request.headers, "X-Forwarded-Host": urlsplit(request.url).netloc}
                return replace(request, url=url, headers=headers)
        raise WireFailed(NotOnStage("This address is not on the stage."), sent=False)

    def app(self, real: PartnerApp) -> PartnerApp:
        """Return who we are to the stage: our secrets stay here."""
        return replace(real, client_id=self.client_id, client_secret=self.client_secret, other_secrets={})


def misplaced(job: Job, run: str | None) -> Outcome | None:
    """
    Return why nothing may be said for this job now: a drill's post must never meet the real partner, nor a real one the stage.

    Holds keep both from being claimed; this is for what was claimed in the moment when a drill began or ended.
    """
    drill = job.args.get("drill")
    if drill and drill != run:
        if job.state == JobState.VERIFYING:
            return Outcome(verdict=Verdict.SUCCESS, look=Look.ABSENT)  # and its next try ends it
        found = Classification(
            code=ErrorCode.CONTENT_INVALID,
            platform=job.platform,
            rule_id="system.drill_over",
            confidence=Confidence.EXACT,
        )
        return Outcome(verdict=Verdict.FAILURE, classification=found)
    if run and HoldReason.DRILL not in job.passes:
        return Outcome(verdict=Verdict.NOT_SENT)
    return None


def kept_small(outcome: Outcome) -> Outcome:
    """What the stage says concerns nobody beyond the drill: there is no such app, and no such limit of it."""
    found = outcome.classification
    if found and found.scope is Scope.APP:
        outcome = replace(outcome, classification=replace(found, scope=Scope.CONNECTION))
    return replace(outcome, usage=tuple(one for one in outcome.usage if one.scope is not Scope.APP))


@cache
def _hosts(urls: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    """The partners' hosts, the longest address first; the data centre in one of them is any word."""
    ordered = sorted(urls, key=lambda one: -len(one[1]))
    return [
        (name, re.compile(re.escape(url).replace(re.escape("{dc}"), "[a-z0-9-]+") + r"(?=[/?]|$)"))
        for name, url in ordered
    ]
