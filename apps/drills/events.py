"""What drills tell the house about."""

from apps.events import verbs

verbs.declare("drill.asked", "Somebody wants something broken on purpose.")
verbs.declare("drill.started", "A drill has begun.")
verbs.declare("drill.abort_wanted", "Somebody wants a drill to end now.")
verbs.declare("drill.ended", "A drill is over; its report card says what it showed.")
