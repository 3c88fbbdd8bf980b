"""What operators may turn while everything runs: limits, single buckets, retry policies."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from apps.core import clock
from apps.events.listing import ListAdmin, actor
from apps.jobs import limits
from apps.jobs.actions.tune import forget, tune
from apps.jobs.kinds import KINDS
from apps.jobs.models import Bucket, ChangedLimit, ChangedRetry


class TuningAdmin(ModelAdmin):
    """Saves and deletes through the actions that keep what was said before."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        tune(obj, actor=actor(request), at=clock.now())

    def delete_model(self, request: HttpRequest, obj: ChangedLimit | ChangedRetry) -> None:
        forget(obj, actor=actor(request), at=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for one in queryset:
            self.delete_model(request, one)


def _refilling(number: float, budget: str | None) -> float:
    """Nothing that is used up may stay so for ever."""
    if number <= 0 and budget != limits.Budget.SLOTS:
        raise forms.ValidationError("Give more than nothing; to stop a platform, hold it.")
    return number


class _LimitForm(forms.ModelForm):  # type: ignore[type-arg]  # subscripts are for type checkers only
    platform = forms.ChoiceField(choices=lambda: [(name, name) for name in limits.LIMITS.names()])

    class Meta:
        model = ChangedLimit
        fields = ("platform", "per", "budget", "burst", "per_minute")

    def clean_per_minute(self) -> float:
        return _refilling(self.cleaned_data["per_minute"], self.cleaned_data.get("budget"))


@admin.register(ChangedLimit)
class ChangedLimitAdmin(TuningAdmin):
    """Limits that differ from the platform's data file; deleting one lets the file count again."""

    form = _LimitForm
    list_display = ("platform", "per", "budget", "burst", "per_minute", "usual")
    list_filter = ("platform",)

    @display(description="Without this")
    def usual(self, row: ChangedLimit) -> str:
        for one in limits.LIMITS.get(row.platform):
            if (one.per, one.budget) == (row.per, row.budget):
                return f"{one.burst:g}, then {one.per_minute:g} a minute"
        return "no limit"


class _RetryForm(forms.ModelForm):  # type: ignore[type-arg]
    kind = forms.ChoiceField(choices=lambda: [(name, name) for name in KINDS.names()])
    platform = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "everywhere"), *((name, name) for name in limits.LIMITS.names())],
    )

    class Meta:
        model = ChangedRetry
        fields = ("kind", "platform", "strategy", "base", "factor", "cap", "max_attempts", "jitter")


@admin.register(ChangedRetry)
class ChangedRetryAdmin(TuningAdmin):
    """Retry policies that differ from the kind's own; live in every worker within seconds."""

    form = _RetryForm
    list_display = ("kind", "platform", "strategy", "base", "factor", "cap", "max_attempts", "jitter")
    list_filter = ("kind",)


class _BucketForm(forms.ModelForm):  # type: ignore[type-arg]
    """An operator's word for one bucket; nothing said lets its platform's limit count."""

    class Meta:
        model = Bucket
        fields = ("burst", "per_minute")

    def clean_burst(self) -> float | None:
        number: float | None = self.cleaned_data["burst"]
        if number is not None and number < 1:
            raise forms.ValidationError("Give at least one; to stop an account, pause it.")
        return number

    def clean_per_minute(self) -> float | None:
        number: float | None = self.cleaned_data["per_minute"]
        return number if number is None else _refilling(number, self.instance.budget)


@admin.register(Bucket)
class BucketAdmin(TuningAdmin, ListAdmin):  # type: ignore[misc]  # the toolkit's own bases disagree
    """How much each scope has used of its limit; one bucket may get a limit of its own."""

    form = _BucketForm
    list_display = ("scope", "budget", "platform", "used", "burst", "per_minute", "slowed_until")
    list_filter = ("platform", "per", "budget", ("slowed_until", admin.EmptyFieldListFilter))
    filter_words = {
        "slowed_until__isempty": {"1": "Never slowed by the partner", "0": "Slowed by the partner"}
    }
    search_fields = ("=scope",)
    fields = ("scope", "budget", "used", "refilled_at", "slowed_to", "slowed_until", "burst", "per_minute")
    readonly_fields = fields[:6]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bucket]:
        return Bucket.objects.order_by("-id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Bucket | None = None) -> bool:
        return False
