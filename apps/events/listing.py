"""Lists of the console: read-only rows, edits that are written down, and the whole filter as a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from apps.core import clock
from apps.core.export import FORMATS
from apps.events import log
from apps.events.keyset import EXPORT_PERMISSION, KeysetChangeList

BATCH = 1000
SHOWN_ROWS = 20  # of those that an action is about
SHOWN = 60  # characters of a name in a list
Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]


class ListAdmin(ModelAdmin):
    """A list that stays quick however many rows there are, and that can be taken along as a file."""

    list_per_page = 50
    show_full_result_count = False
    change_list_template = "console/list.html"
    sortable_by = ()
    list_before_template = "console/list_head.html"  # type: ignore[assignment]  # unfold says None and means a name
    list_filter_submit = False
    # What stands in a row of the exported file: columns of the table, or of those it points at.
    export_fields: tuple[str, ...] = ()
    empty_words = ""  # what would be here
    # What a filter is called where its column's name says nothing.
    filter_words: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:  # type: ignore[override]
        return KeysetChangeList  # unfold's annotation names an instance, its code returns the class

    def read_around(self, rows: list[Any]) -> None:
        """Read what all rows of a page need, in a fixed number of queries."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export)
        return [path("export/<str:kind>/", view, name=name), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> StreamingHttpResponse:
        """Stream every row of the filter; the memory that it takes does not grow with them."""
        if not self.has_view_permission(request) or not request.user.has_perm(EXPORT_PERMISSION):
            raise PermissionDenied
        if kind not in FORMATS or not self.export_fields:
            raise Http404
        with transaction.atomic():
            log.record(
                "list.exported",
                tenant=None,
                subject=f"list:{self.opts.model_name}",
                actor=actor(request),
                at=clock.now(),
                data={"filter": request.GET.dict(), "format": kind},
            )
        rows = self.get_changelist_instance(request).get_queryset(request).order_by("-pk")
        write = FORMATS[kind]
        answer = StreamingHttpResponse(
            write.lines(self.export_fields, _all(rows, self.export_fields)), content_type=write.content_type
        )
        answer["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.{kind}"'
        answer["X-Accel-Buffering"] = "no"
        return answer


class ReadOnlyAdmin(ListAdmin):
    """Rows are looked at here; what changes them are actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AuditedAdmin(ListAdmin):
    """Rows that are edited here: each change is written down with what was before and after."""

    noun = ""  # of the event: tenant.changed
    private: ClassVar[frozenset[str]] = frozenset()  # fields of which the log says only that they changed

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self._record(request, obj, "changed" if change else "added", self._changes(form))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._record(request, obj, "removed", {})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for one in queryset:
            self.delete_model(request, one)

    def tenant_of(self, obj: Any) -> UUID | None:
        """Return whose log the change belongs into."""
        return None

    def _changes(self, form: Any) -> dict[str, Any]:
        return {
            name: {}
            if name in self.private
            else {"before": _said(form.initial.get(name)), "after": _said(form.cleaned_data.get(name))}
            for name in form.changed_data
        }

    def _record(self, request: HttpRequest, obj: Any, what: str, changes: dict[str, Any]) -> None:
        log.record(
            f"{self.noun}.{what}",
            tenant=self.tenant_of(obj),
            subject=f"{self.noun}:{obj.pk}",
            actor=actor(request),
            at=clock.now(),
            data={"changes": changes},
        )


def asks(question: str) -> Callable[[Action], Action]:
    """Ask once before an action on ticked rows is carried out; the second press does it."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def asking(self: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
            if "confirm" in request.POST:
                return action(self, request, queryset)
            frame = self.admin_site.each_context(request)
            context = {
                "title": f"{asking.short_description}?",  # type: ignore[attr-defined]
                "question": question,
                "rows": list(queryset[:SHOWN_ROWS]),
                "count": queryset.count(),
                "back": request.get_full_path(),
            }
            return TemplateResponse(request, "console/confirm.html", {**frame, **context})

        return asking

    return decorate


class ValueFilter(admin.SimpleListFilter):
    """A column's values, given by us: asking the table for them would read all of it."""

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the values."""
        return self.values()

    def values(self) -> Iterable[tuple[str, str]]:
        """Return each value and its words."""
        raise NotImplementedError

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows that have the value."""
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


def actor(request: HttpRequest) -> str:
    """Return who acts, as the event log writes it."""
    return f"staff:{request.user.pk}"


def moment(at: datetime | None) -> SafeString | str:
    """Show a time that never breaks over two lines."""
    return format_html("<time class='moment'>{}</time>", f"{at:%-d %b %H:%M:%S}") if at else ""


def name(text: str, under: str = "") -> SafeString:
    """Show a name that somebody chose: in its own direction of writing, and cut where it would fill the page."""
    shown = format_html("<bdi title='{}'>{}</bdi>", text, Truncator(text).chars(SHOWN))
    return two_lines(shown, under) if under else shown


def two_lines(first: object, under: object) -> SafeString:
    """Show something and, smaller, what belongs to it."""
    return format_html("<div>{}<span class='under'>{}</span></div>", first, under)


def _all(rows: QuerySet[Any], fields: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Read batch by batch after a key: one long cursor would hold the event feed for as long as the client reads."""
    wanted = rows.values_list("pk", *fields)
    last: Any = None
    while batch := list((wanted.filter(pk__lt=last) if last else wanted)[:BATCH]):
        yield from (row[1:] for row in batch)
        last = batch[-1][0]


def _said(value: Any) -> Any:
    """Return a form's value as the log can keep it."""
    if isinstance(value, QuerySet | list | tuple):
        return sorted(str(one) for one in value)
    return value if isinstance(value, bool | int | None) else str(value)
