"""The contract between our kinds and a partner: what a connector is given and what it gives back.

Everything here is plain and frozen; connectors run on an event loop, without ORM and without a clock.
"""

from apps.connections.connectors.interface.connector import Connector
from apps.connections.connectors.interface.looks import CLOCK_MARGIN, Candidate, Found, MatchedBy, Probe
from apps.connections.connectors.interface.posts import (
    AccountFacts,
    MediaRef,
    OptionsInvalid,
    PostDraft,
    Shape,
)
from apps.connections.connectors.interface.steps import Context, Step, StepResult
from apps.connections.connectors.interface.tokens import Accounts, Exchanged, TokenModel, TokenSet
from apps.connections.connectors.interface.wire import Answer, PartnerApp, Request, Wire

__all__ = [
    "CLOCK_MARGIN",
    "AccountFacts",
    "Accounts",
    "Answer",
    "Candidate",
    "Connector",
    "Context",
    "Exchanged",
    "Found",
    "MatchedBy",
    "MediaRef",
    "OptionsInvalid",
    "PartnerApp",
    "PostDraft",
    "Probe",
    "Request",
    "Shape",
    "Step",
    "StepResult",
    "TokenModel",
    "TokenSet",
    "Wire",
]
