"""The audit: every event as it was written, to be read only."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core import clock, ids
from apps.events.listing import ReadOnlyAdmin, ValueFilter, moment, two_lines
from apps.events.models import Event
from apps.events.verbs import VERBS
from apps.tenants.models import User

_ID_LENGTH = 36


class VerbFilter(ValueFilter):
    """By what happened."""

    title, parameter_name = "what happened", "verb"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return every verb that somebody declared."""
        return [(name, f"{name}: {VERBS.get(name)}") for name in VERBS.names()]


class ActorFilter(ValueFilter):
    """By the sort of who did it."""

    title, parameter_name = "who", "by"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return the sorts."""
        return [
            ("staff:", "Operations staff"),
            ("user:", "Tenants' people"),
            ("key:", "Keys"),
            ("system:", "Reknit"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what this sort did."""
        return queryset.filter(actor__startswith=self.value()) if self.value() else queryset


class TimeFilter(ValueFilter):
    """By when: also what keeps rare words quick, since weeks outside of it are not read."""

    title, parameter_name = "when", "within"

    def values(self) -> Iterable[tuple[str, str]]:
        """Return spans in days."""
        return [("1", "Last 24 hours"), ("7", "Last 7 days"), ("30", "Last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what happened since; ids begin with their time."""
        days = dict(self.values()).keys() & {self.value()}
        if not days:
            return queryset
        return queryset.filter(pk__gte=ids.floor(clock.real_now() - timedelta(days=int(days.pop()))))


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Who did what to what, and when; what was before and after stands in the facts."""

    list_display = ("shown_at", "what", "shown_subject", "shown_actor", "facts")
    list_filter = (TimeFilter, VerbFilter, ActorFilter)
    search_fields = ("=subject",)
    list_display_links = None
    export_fields = ("id", "at", "verb", "subject", "actor", "tenant", "cycle", "data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Find by a subject such as job:<id>, or by an id of a subject, a cycle or an actor."""
        said = search_term.strip()
        if not said:
            return queryset, False
        try:
            pk = UUID(said)
        except ValueError:
            return queryset.filter(Q(subject=said) | Q(actor=said)), False
        subjects = [
            f"{sort}:{pk}" for sort in ("job", "connection", "tenant", "operation", "user", "incident")
        ]
        return queryset.filter(subject__in=subjects), False

    @display(description="When (UTC)")
    def shown_at(self, event: Event) -> SafeString | str:
        return moment(event.at)

    @display(description="What happened")
    def what(self, event: Event) -> SafeString:
        meaning = VERBS.get(event.verb) if event.verb in VERBS.names() else event.verb
        return two_lines(meaning, event.verb)

    @display(description="To what")
    def shown_subject(self, event: Event) -> SafeString:
        sort, _, pk = event.subject.partition(":")
        return two_lines(sort.capitalize(), pk)

    def read_around(self, rows: list[Event]) -> None:
        """Name the people of all rows at once."""
        keys = {one.actor.partition(":")[2] for one in rows if one.actor.startswith(("staff:", "user:"))}
        people = User.objects.filter(pk__in=[key for key in keys if len(key) == _ID_LENGTH])
        names = {str(pk): email for pk, email in people.values_list("pk", "email")}
        for one in rows:
            key = one.actor.partition(":")[2]
            one.who = names.get(key, key.replace("_", " "))  # type: ignore[attr-defined]

    @display(description="Who")
    def shown_actor(self, event: Event) -> SafeString:
        sort = event.actor.partition(":")[0]
        return two_lines(event.who, sort)  # type: ignore[attr-defined]

    @display(description="Facts")
    def facts(self, event: Event) -> SafeString:
        return format_html("<span class='under'>{}</span>", _words(event.data)[:300])


def _words(facts: object) -> str:
    """Return facts as people read them: what lies within others stands in brackets."""
    if isinstance(facts, list):
        return ", ".join(map(_words, facts))
    if not isinstance(facts, dict):
        return str(facts)
    return ", ".join(
        f"{name.replace('_', ' ')} {f'({_words(value)})' if isinstance(value, dict | list) else value}"
        for name, value in facts.items()
        if value not in (None, "")
    )
