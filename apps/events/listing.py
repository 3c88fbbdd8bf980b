"""Lists of the console: read-only rows, pages by key instead of by offset, and the whole filter as a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.templatetags.unfold_list import result_headers
from unfold.views import ChangeList

from apps.core import clock
from apps.core.export import FORMATS
from apps.events import log, rows

AFTER = "after"
BATCH = 1000
SHOWN_ROWS = 20  # of those that an action is about
SHOWN = 60  # characters of a name in a list
EXPORT_PERMISSION = "tenants.export_list"


Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the way to take it off."""

    title: str
    value: str
    without: str


class KeysetPaginator(Paginator):  # type: ignore[type-arg]  # subscripts are for type checkers only
    """Knows no total and counts nothing: the list has its own foot."""

    template_name = "console/keyset.html"
    count = 0


class KeysetChangeList(ChangeList):
    """Reads the rows after a key, newest first: page 2,000 costs what page 1 costs."""

    model_admin: "ListAdmin"
    next_key: Any = None

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(AFTER, None)
        return found

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """Read one row more than fit; it says whether there is a next page."""
        wanted = self.queryset
        self.is_first = not (key := self._key(request.GET.get(AFTER, "")))
        if key:
            wanted = wanted.filter(pk__lt=key)
        most = self.list_per_page
        found = list(wanted[: most + 1])
        self.next_key = found[most - 1].pk if len(found) > most else None
        self.result_list = found[:most]
        # Equal on purpose: the toolkit offers "select all" only where it knows a total.
        self.result_count = self.full_result_count = len(self.result_list)
        self.paginator = KeysetPaginator(self.queryset, most)
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = bool(found)
        self.multi_page = True
        self.may_export = bool(self.model_admin.export_fields) and request.user.has_perm(EXPORT_PERMISSION)
        self.model_admin.read_around(self.result_list)

    @cached_property
    def heads(self) -> list[dict[str, Any]]:
        """The heads of the columns."""
        return list(result_headers(self))  # type: ignore[no-untyped-call]

    @property
    def lines(self) -> Iterator[SafeString]:
        """The cells of each row."""
        return rows.as_html(self, self.heads)

    @property
    def first_page(self) -> str:
        """The address of the newest rows."""
        return str(self.get_query_string(remove=[AFTER]))

    @property
    def next_page(self) -> str:
        """The address of the rows after these."""
        return str(self.get_query_string({AFTER: str(self.next_key)}))

    @property
    def export_query(self) -> str:
        """What the exported file is filtered by."""
        return str(self.get_query_string(remove=[AFTER]))

    @property
    def chips(self) -> list[Chip]:
        """The filters that are on; in a closed sheet nobody sees them."""
        said: dict[str, str] = {name: values[-1] for name, values in self.filter_params.items()}
        return [self._chip(name, value) for name, value in said.items()]

    def _key(self, said: str) -> Any:
        """Return the key of the row to go on behind; nothing for what cannot be one."""
        try:
            return self.lookup_opts.pk.to_python(said.replace("\0", "")) or None
        except ValidationError:
            return None

    def _chip(self, name: str, value: str) -> Chip:
        words: Mapping[str, Mapping[str, str]] = self.model_admin.filter_words
        field, _, lookup = name.partition("__")
        if name in words and value in words[name]:
            return Chip("", words[name][value], self.get_query_string(remove=[name, AFTER]))
        title = field.replace("_", " ").capitalize() + (" from" if lookup == "gte" else "")
        return Chip(title, self._shown(field, value), self.get_query_string(remove=[name, AFTER]))

    def _shown(self, field: str, value: str) -> str:
        choices = next((one.choices for one in self.opts.fields if one.name == field), None)
        return str(dict(choices or ()).get(value, value))


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
                actor=f"staff:{request.user.pk}",
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
            actor=f"staff:{request.user.pk}",
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
