"""What recovery tells the house about."""

from apps.events import verbs

verbs.declare(
    "connection.paused", "A connection publishes nothing until somebody or something brings it back."
)
verbs.declare("connection.revoked", "The access was taken back at the partner.")
verbs.declare("connection.resumed", "A connection publishes again.")
verbs.declare("lane.parked", "Operations must act before a lane goes on.")
verbs.declare("operation.started", "Somebody began to do something to many subjects at once.")
verbs.declare("operation.paused", "An operation rests until somebody lets it go on.")
verbs.declare("operation.resumed", "An operation goes on.")
verbs.declare("operation.aborted", "An operation was ended early; what is done stays done.")
verbs.declare("operation.done", "An operation has gone through all its subjects.")
