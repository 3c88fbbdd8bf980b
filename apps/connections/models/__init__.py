"""Grants, their credentials, and the connections they serve, one idea a file."""

from apps.connections.models.connections import STATUS_FIELDS, Connection
from apps.connections.models.credentials import Credential
from apps.connections.models.grants import Grant
from apps.connections.models.routes import EgressRoute
from apps.connections.models.sign_ins import ReconnectLink, SignIn

__all__ = ["STATUS_FIELDS", "Connection", "Credential", "EgressRoute", "Grant", "ReconnectLink", "SignIn"]
