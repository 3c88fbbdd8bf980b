"""Accounts at partners, and how they stop and go on."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, FSMModelMixin, transition

from apps.connections.choices import ConnectionStatus as S
from apps.connections.choices import PausedBy, Platform
from apps.connections.models.grants import Grant
from apps.core.ids import uuid7
from apps.tenants.scoping import TenantManager

_NOT_PAUSED = Q(paused_at__isnull=True, paused_by="", pause_reason="", partner_told=False)


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
