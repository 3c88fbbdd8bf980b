"""What outgoing webhooks tell the house about. None of it goes to an endpoint: it would tell of itself for ever."""

from apps.events import verbs

verbs.declare("webhook.created", "A tenant named an endpoint.")
verbs.declare("webhook.changed", "An endpoint has another address or hears of other events.")
verbs.declare("webhook.removed", "An endpoint is gone; what waited for it is not sent.")
verbs.declare(
    "webhook.secret_rotated", "An endpoint has a new secret; the one before signs as well for a while."
)
verbs.declare("webhook.tested", "Somebody pressed an endpoint's test button.")
verbs.declare("webhook.delivered", "An endpoint took an event.")
verbs.declare("webhook.failed", "Every try to tell an endpoint failed; what it was to be told is kept.")
verbs.declare("webhook.redelivered", "Somebody wants an endpoint to be told again.")
verbs.declare(
    "webhook.failing", "Half, or three quarters, of the time after which an endpoint is paused are over."
)
verbs.declare("webhook.paused", "Nothing is sent to an endpoint; what is meant for it waits.")
verbs.declare("webhook.resumed", "An endpoint is sent what happens again.")
