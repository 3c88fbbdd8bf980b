"""Grants, their credentials, and the connections they serve."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from apps.connections.choices import ConnectionStatus as S
from apps.connections.choices import CredentialState, PausedBy, Platform, SignInStage
from apps.core import crypto
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager

_NOT_PAUSED = Q(paused_at__isnull=True, paused_by="", pause_reason="", partner_told=False)


class Grant(models.Model):
    """One authorisation by one person at one partner; serves one or more connections."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    login = models.CharField(max_length=20, blank=True)  # meta: facebook | instagram
    external_user_id = models.CharField(max_length=200)
    user_name = models.CharField(max_length=300, blank=True)
    authorised_until = models.DateTimeField(null=True)  # the end that only a new sign-in moves
    ending_told = models.DateTimeField(null=True)  # the end that people have been told of

    objects = TenantManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["authorised_until"], name="grant_ending", condition=Q(authorised_until__isnull=False)
            ),
            # By what partners call a person, whosever customer that is: webhooks name nobody else.
            models.Index(fields=["external_user_id", "platform"], name="grant_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "platform", "login", "external_user_id"],
                name="grant_once_per_person_and_login",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.user_name or self.external_user_id}"


class Connection(FSMModelMixin, models.Model):
    """One account at one partner."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    account_type = models.CharField(max_length=20)
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    details = models.JSONField(default=dict)
    status = FSMField(default=S.ACTIVE, choices=S.choices, protected=True)
    pause_reason = models.CharField(max_length=40, blank=True)
    pause_detail = models.TextField(blank=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=20, choices=PausedBy.choices, blank=True)
    # The partner said unasked, and signed, that the access is gone: that is no refusal which may be its mistake.
    partner_told = models.BooleanField(default=False, db_default=False)
    last_health_check = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "external_id"],
                condition=~Q(status="inactive"),
                name="connection_of_an_account_by_one_tenant_only",
            ),
            # One sentence for each status: a half-stopped connection cannot be stored.
            models.CheckConstraint(
                name="connection_status_is_known", condition=Q(status__in=[one.value for one in S])
            ),
            models.CheckConstraint(
                name="connection_active_carries_no_pause", condition=~Q(status="active") | _NOT_PAUSED
            ),
            models.CheckConstraint(
                name="connection_inactive_carries_no_pause", condition=~Q(status="inactive") | _NOT_PAUSED
            ),
            models.CheckConstraint(
                name="connection_attention_names_its_reason",
                condition=~Q(status="attention")
                | (Q(paused_at__isnull=False, paused_by="auto") & ~Q(pause_reason="")),
            ),
            models.CheckConstraint(
                name="connection_revoked_names_its_reason",
                condition=~Q(status="revoked")
                | Q(
                    paused_at__isnull=False,
                    paused_by="auto",
                    pause_reason__in=["AUTH_REVOKED", "APP_DEAUTHORIZED"],
                ),
            ),
            models.CheckConstraint(
                name="connection_paused_by_ops_breaker_or_inactive_rule",
                condition=~Q(status="paused")
                | Q(paused_at__isnull=False, paused_by__in=["ops", "inactive_rule"])
                | Q(paused_at__isnull=False, paused_by="breaker", pause_reason="CIRCUIT_BREAKER_OPEN"),
            ),
        ]
        permissions = [
            ("pause_connection", "Can pause"),
            ("resume_connection", "Can resume"),
            ("check_connection", "Can check now"),
            ("disconnect_connection", "Can disconnect"),
        ]
        indexes = [
            # Few are stopped: the sweeps look at those only.
            models.Index(
                fields=["paused_at"], name="connection_stopped", condition=Q(paused_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.platform})"

    @property
    def lane_key(self) -> str:
        """The key of its lane."""
        return f"connection:{self.pk}"

    @transition(field=status, source=[S.ACTIVE, S.PAUSED], target=S.ATTENTION)
    def need_attention(self, *, reason: str, detail: str, at: datetime) -> None:
        """A person must reconnect."""
        self._stop(reason=reason, detail=detail, by=PausedBy.AUTO, at=at)

    @transition(field=status, source=[S.ACTIVE, S.PAUSED, S.ATTENTION], target=S.REVOKED)
    def lose_access(self, *, reason: str, detail: str, at: datetime) -> None:
        """The access was taken back at the partner."""
        self._stop(reason=reason, detail=detail, by=PausedBy.AUTO, at=at)

    @transition(field=status, source=[S.ACTIVE], target=S.PAUSED)
    def pause(self, *, by: str, detail: str, at: datetime, reason: str = "") -> None:
        """Operations, the breaker or the inactive rule stop it; asks nothing of the user."""
        self._stop(reason=reason, detail=detail, by=by, at=at)

    @transition(field=status, source=[S.ATTENTION, S.PAUSED, S.REVOKED, S.INACTIVE], target=S.ACTIVE)
    def resume(self) -> None:
        """It works again."""
        self._forget_pause()

    @transition(field=status, source=[S.ACTIVE, S.ATTENTION, S.PAUSED, S.REVOKED], target=S.INACTIVE)
    def disconnect(self) -> None:
        """The user wants it no more."""
        self._forget_pause()

    def _forget_pause(self) -> None:
        self.pause_reason = self.pause_detail = self.paused_by = ""
        self.paused_at, self.partner_told = None, False

    def _stop(self, *, reason: str, detail: str, by: str, at: datetime) -> None:
        self.pause_reason, self.pause_detail, self.paused_by, self.paused_at = reason, detail, by, at


STATUS_FIELDS = ("status", "pause_reason", "pause_detail", "paused_at", "paused_by", "partner_told")


class Credential(models.Model):
    """Tokens of a grant, or of one connection where the partner derives a token for each account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=CredentialState.choices)
    access = models.TextField()
    refresh = models.TextField(blank=True)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    refresh_at = models.DateTimeField(null=True)  # when we renew it unasked; null once that is under way
    reply_lost_at = models.DateTimeField(null=True)  # a refresh was sent and its answer is not known
    refused_at = models.DateTimeField(null=True)  # the partner renews it no more
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["refresh_at"],
                name="credential_refresh_due",
                condition=Q(state="current", refresh_at__isnull=False),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "connection"],
                condition=Q(state="current"),
                nulls_distinct=False,
                name="credential_one_current_per_grant_and_connection",
            ),
            models.UniqueConstraint(
                fields=["grant", "connection", "version"],
                nulls_distinct=False,
                name="credential_version_once",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"

    def access_token(self) -> str:
        """Return the token in clear. :raises CannotDecrypt: when its key is gone."""
        return crypto.decrypt(self.access, context=f"{self.pk}:access")

    def refresh_token(self) -> str:
        """Return the refresh token in clear, or nothing."""
        return crypto.decrypt(self.refresh, context=f"{self.pk}:refresh") if self.refresh else ""


class EgressRoute(models.Model):
    """
    While it is open, what is said to the partner about a connection is said to a drill's stage instead.

    It has tokens of its own, which are good for nothing but that stage: no live one goes there. The first set is the one
    that the drill spoils; once the connection has newer credentials than it had at the beginning, the second counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    run = models.CharField(max_length=36)  # of the drill
    base_url = models.CharField(max_length=200)
    tokens = models.TextField()
    version = models.PositiveIntegerField()  # of the credentials that the first set stands for
    expires_at = models.DateTimeField(null=True)  # when its access ends, as far as we know
    counts = models.BooleanField(default=False)  # what fails here may be an incident of its drill
    opened_at = models.DateTimeField()
    until = models.DateTimeField()  # over by itself from then on
    closed_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(closed_at__isnull=True),
                name="egress_route_open_once_per_connection",
            ),
            models.CheckConstraint(
                name="egress_route_closed_without_its_tokens",
                condition=Q(closed_at__isnull=True) | Q(tokens=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} until {self.until}"


class SignIn(models.Model):
    """
    A sign-in at a partner under way: single use, bound to the browser session that began it.

    What it brings is pending: it stays in this row, encrypted, until a health check has passed with it. Until then
    grants, credentials and connections know nothing of it, and a refresh of the old ones goes on beside it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=64, unique=True)  # hash of the state that travels
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform.choices)
    login = models.CharField(max_length=20, blank=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    session = models.CharField(max_length=64)
    verifier = models.CharField(max_length=128, blank=True)
    backfill = models.BooleanField(default=True)
    stage = models.CharField(max_length=20, choices=SignInStage.choices, default=SignInStage.AWAY)
    brought = models.TextField(blank=True)
    chosen = models.JSONField(default=list)  # external ids of the accounts that are to use it
    why = models.TextField(blank=True)  # of a failure, in words
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sign_in_keeps_secrets_only_while_it_needs_them",
                condition=Q(stage__in=["choosing", "proving"]) | Q(brought=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} sign-in, {self.stage}"


class ReconnectLink(models.Model):
    """A link in an e-mail that leads to the reconnect of one connection, once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = TenantManager()

    def __str__(self) -> str:
        return f"link for {self.connection_id}"
