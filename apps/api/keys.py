"""Who calls: a tenant's API key."""

from dataclasses import dataclass
from typing import ClassVar, cast
from uuid import UUID

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core import clock, context
from apps.core.problems import Problem
from apps.tenants import keys
from apps.tenants.choices import KeyScope


class KeyMissing(Problem):
    """No key was sent."""

    code = "api_key_missing"
    status = 401
    title = "An API key is needed"


class ScopeMissing(Problem):
    """The key may not do this."""

    code = "scope_missing"
    status = 403
    title = "This API key may not do this"


@dataclass(frozen=True, slots=True)
class Caller:
    """The tenant that a key stands for."""

    tenant: UUID
    key: UUID
    scopes: frozenset[str]
    is_authenticated: bool = True

    @property
    def actor(self) -> str:
        """How the log names it."""
        return f"key:{self.key}"


def caller_of(request: Request) -> Caller:
    """Return who calls; KeyAuthentication has put it there."""
    return cast("Caller", request.user)


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer rk_...`"""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented:
            raise KeyMissing(detail="Send it as `Authorization: Bearer rk_...`.")
        key = keys.verify(presented.strip(), at=clock.now())
        context.note_tenant(key.tenant_id)
        return Caller(key.tenant_id, key.pk, frozenset(key.scopes)), None


class HasScope(BasePermission):
    """Reading needs `read`, everything else `publish`; `admin` includes both."""

    for_reads: ClassVar[KeyScope] = KeyScope.READ
    for_writes: ClassVar[KeyScope] = KeyScope.PUBLISH

    def has_permission(self, request: Request, view: APIView) -> bool:
        wanted = self.for_reads if request.method in {"GET", "HEAD", "OPTIONS"} else self.for_writes
        caller = caller_of(request)
        if not caller.scopes & {wanted, KeyScope.ADMIN}:
            raise ScopeMissing(detail=f"It needs the scope {wanted.value}.")
        return True


class MayOperate(HasScope):
    """Reading needs `read`; what acts on many things at once needs `operate`."""

    for_writes = KeyScope.OPERATE


class MayConfigure(HasScope):
    """Reading needs `read`; what decides where a tenant's data goes needs `admin`."""

    for_writes = KeyScope.ADMIN
