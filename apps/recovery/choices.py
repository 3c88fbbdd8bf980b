"""The words for incidents."""

from django.db.models import TextChoices


class Family(TextChoices):
    """What sort of cause many connections share."""

    AVAILABILITY = "availability", "The partner does not answer as it should"
    AUTHORISATION = "authorisation", "The partner refuses access"
    APP = "app", "The partner stopped our app"
    SIGNATURE = "signature", "The same unexpected end of many jobs"


class IncidentState(TextChoices):
    """Where an incident is in its life."""

    OPEN = "open", "Open"
    RELEASING = "releasing", "Being released"
    JUDGING = "judging", "Each connection is looked at singly"
    CLOSED = "closed", "Closed"


# While one of these stands, a further hit is held and nobody is told to reconnect.
COVERING = frozenset({IncidentState.OPEN, IncidentState.RELEASING})


class Stage(TextChoices):
    """How far a release has come."""

    NOTHING = "", "Not begun"
    TENTH = "tenth", "A tenth is free"
    ALL = "all", "Everything is free"


class IncidentEnd(TextChoices):
    """How an incident ended."""

    OVER = "over", "It was over"
    SINGLE_DEATHS = "single_deaths", "It was many single deaths"
    OPERATOR = "operator", "An operator closed it"
    PROMPTED = "prompted", "An operator asked people to reconnect"
