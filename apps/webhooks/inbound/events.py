"""What webhooks tell the house about."""

from apps.events import verbs

verbs.declare("webhook.told", "A partner told us something of a connection, and we acted on it.")
verbs.declare("webhook.malformed", "A partner's signed webhooks cannot be read any more.")
verbs.declare("webhook.replayed", "An operator had a partner's webhook read again.")
verbs.declare("person.erased", "A person asked a partner that we forget them, and we did.")
