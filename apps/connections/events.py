"""What connections tell the house about."""

from apps.events import verbs

verbs.declare("connection.connected", "An account was connected for the first time.")
verbs.declare("connection.reconnected", "A connection got fresh credentials.")
verbs.declare("connection.disconnected", "An account was disconnected; nothing more goes out on it.")
verbs.declare("grant.ended", "Nobody uses an authorisation any more: its tokens are erased.")
verbs.declare("connection.checked", "A health check ended.")
verbs.declare("connection.drill_began", "A drill speaks for the partner of this connection; real posts wait.")
verbs.declare("connection.drill_ended", "The drill is over; the connection speaks to its partner again.")
verbs.declare("grant.ending", "An authorisation ends within a week, and only a new sign-in prolongs it.")
