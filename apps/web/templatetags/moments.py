"""Times as a tenant's own clock shows them: `for_members` sets it, and each time says which clock that is."""

from datetime import datetime

from django import template
from django.utils import timezone

register = template.Library()


@register.filter
def zone(at: datetime) -> str:
    """Return what people call the clock at this time: CET, or the city where the clock has only a number."""
    local = timezone.localtime(at)
    name = local.tzname() or ""
    return name if name.isalpha() else place(str(local.tzinfo))


@register.filter
def place(key: str) -> str:
    """Return a time zone as people say it: Berlin time for Europe/Berlin."""
    area, _, city = key.rpartition("/")
    return f"{city.replace('_', ' ')} time" if area else key
