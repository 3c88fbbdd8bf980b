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
verbs.declare(
    "connection.pause_converted", "A pause was taken back: an incident covers its cause, nobody is told."
)
verbs.declare("incident.opened", "Many connections meet the same cause at a partner.")
verbs.declare("incident.hit", "An incident holds a connection; nobody needs to do anything.")
verbs.declare("incident.hit_released", "An incident lets a connection go.")
verbs.declare("incident.releasing", "The cause seems to be gone; what was held goes on.")
verbs.declare("incident.release_stopped", "The cause was met again; the rest stays held.")
verbs.declare("incident.judging", "It was many single cases; each connection is looked at by itself.")
verbs.declare("incident.closed", "An incident is over.")
verbs.declare("connection.false_alarm", "A check passed after a pause: the partner had slipped.")
verbs.declare("connection.prompted", "An operator asked its people to reconnect, now.")
verbs.declare("connection.check_ordered", "An operator wanted to know whether a connection works.")
verbs.declare("connection.failing", "Nothing has worked on a connection for days.")
