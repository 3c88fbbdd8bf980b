"""
The rows of a list as HTML, cell by cell as the toolkit writes them.

The toolkit renders a template for each cell and works out the heads anew for each row: four milliseconds a row. What is
the same in all rows (heads, classes, link, checkbox, each state's pill) is worked out once here. A test holds the two
side by side, so that a new version of the toolkit cannot drift away unseen.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import label_for_field, quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateField, Field, ForeignKey, Model
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES
from unfold.utils import display_for_field, display_for_label, display_for_value

CHECKBOX = "action_checkbox"
MARK = "0pk0"  # stands for a row's key in what is written once


@dataclass(frozen=True, slots=True)
class Cell:
    """One column: what opens and closes its cells, and what stands in one."""

    opening: SafeString
    closing: SafeString
    show: Callable[[Any], Any]


@dataclass(slots=True)
class Kept:
    """Remembers what was rendered for a value: a page has fifty rows and four states."""

    render: Callable[[Any], Any]
    found: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Any:
        """Return it, rendered at most once."""
        if value not in self.found:
            self.found[value] = self.render(value)
        return self.found[value]


def as_html(changes: ChangeList, heads: Iterable[dict[str, Any]]) -> Iterator[SafeString]:
    """Return the cells of each row of the page."""
    cells = list(_cells(changes, heads))
    for one in changes.result_list:
        shown = (f"{cell.opening}{conditional_escape(cell.show(one))}{cell.closing}" for cell in cells)
        yield mark_safe("".join(shown))  # noqa: S308 - every part is escaped above


def _cells(changes: ChangeList, heads: Iterable[dict[str, Any]]) -> Iterator[Cell]:
    links = changes.list_display_links or ()
    names = cast("list[str]", changes.list_display)  # ours never hold functions
    for number, (name, head) in enumerate(zip(names, heads, strict=True)):
        if name == CHECKBOX:
            yield Cell(*_frame("td", CHECKBOX_CLASSES, "Select record"), _checkbox(changes))
            continue
        show, extra = _column(changes, name)
        tag = "th" if name in links else "td"
        classes = [f"field-{name}", *ROW_CLASSES, *extra]
        label = head["text"] if number or name in links else "Select record"
        opening, closing = _frame(tag, classes, label)
        yield Cell(opening, closing, _linked(changes, show) if name in links else show)


def _frame(tag: str, classes: Iterable[str], label: str) -> tuple[SafeString, SafeString]:
    opening = format_html('<{} class="{}" data-label="{}">', tag, mark_safe(" ".join(classes)), label)  # noqa: S308 - ours
    return opening, format_html("</{}>", tag)


def _checkbox(changes: ChangeList) -> Callable[[Model], SafeString]:
    box = str(changes.model_admin.action_checkbox(SimpleNamespace(pk=MARK)))
    return _around(box, lambda row: str(row.pk))


def _linked(changes: ChangeList, show: Callable[[Any], Any]) -> Callable[[Model], SafeString]:
    url = changes.url_for_result(SimpleNamespace(**{changes.pk_attname: MARK}))  # type: ignore[arg-type]
    kept: Any = {"preserved_filters": changes.preserved_filters, "opts": changes.opts}
    opening = format_html(
        '<a href="{}" class="{}" >', add_preserved_filters(kept, url), " ".join(LINK_CLASSES)
    )
    link = _around(opening, lambda row: quote(row.pk))
    return lambda row: format_html("{}{}</a>", link(row), show(row))


def _around(text: str, key: Callable[[Any], Any]) -> Callable[[Any], SafeString]:
    """Return what was written with the mark, for each row with its own key."""
    before, _, after = text.partition(MARK)
    opening, closing = mark_safe(before), mark_safe(after)  # noqa: S308 - was escaped when it was written
    return lambda row: format_html("{}{}{}", opening, key(row), closing)


def _column(changes: ChangeList, name: str) -> tuple[Callable[[Any], Any], list[str]]:
    """Return what a column shows of a row, and the classes beyond the usual ones."""
    try:
        return _field_column(changes, changes.lookup_opts.get_field(name))
    except FieldDoesNotExist:
        return _method_column(changes, name), []


def _field_column(changes: ChangeList, column: Any) -> tuple[Callable[[Any], Any], list[str]]:
    empty = changes.model_admin.get_empty_value_display()
    unbroken = ["nowrap"] if isinstance(column, DateField | ForeignKey) else []
    if isinstance(column, ForeignKey):
        return (lambda row: _or(getattr(row, column.name), empty)), unbroken
    show = _shown_field(column, empty)
    return (lambda row: show(getattr(row, column.attname))), unbroken


def _shown_field(column: "Field[Any, Any]", empty: str) -> Callable[[Any], Any]:
    def show(value: Any) -> Any:
        return display_for_field(value, column, empty)

    return Kept(show) if isinstance(column, BooleanField) else show


def _method_column(changes: ChangeList, name: str) -> Callable[[Any], Any]:
    method: Any = label_for_field(name, changes.model, model_admin=changes.model_admin, return_attr=True)[1]
    empty = changes.model_admin.get_empty_value_display()
    label = getattr(method, "label", None)
    pill = Kept(lambda value: display_for_label(value, empty, label))
    if label:
        return lambda row: pill(method(row))
    return lambda row: display_for_value(method(row), empty)


def _or(value: Any, empty: str) -> Any:
    return empty if value is None else value
