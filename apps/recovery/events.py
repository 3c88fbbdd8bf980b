"""What recovery tells the house about."""

from apps.events import verbs

verbs.declare(
    "connection.paused", "A connection publishes nothing until somebody or something brings it back."
)
verbs.declare("connection.revoked", "The access was taken back at the partner.")
verbs.declare("connection.resumed", "A connection publishes again.")
verbs.declare("lane.parked", "Operations must act before a lane goes on.")
verbs.declare("backfill.admitted", "Posts that waited through a pause may go out.")
