"""Pages of a list by key instead of by offset: page 2,000 costs what page 1 costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from unfold.templatetags.unfold_list import result_headers
from unfold.views import ChangeList

from apps.events import rows

if TYPE_CHECKING:
    from apps.events.listing import ListAdmin

AFTER = "after"
EXPORT_PERMISSION = "tenants.export_list"


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
