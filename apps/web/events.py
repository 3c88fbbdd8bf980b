"""What the tenant pages tell the house about."""

from apps.events import verbs

verbs.declare("member.invited", "A person was invited into a tenant.")
verbs.declare("member.uninvited", "An invitation was withdrawn.")
verbs.declare("member.joined", "An invited person became a member.")
verbs.declare("member.role_changed", "A member has another role.")
verbs.declare("member.removed", "A person no longer belongs to a tenant.")
verbs.declare("staff.view_ended", "Somebody of the staff no longer sees the pages as this person.")
verbs.declare("member.notify_changed", "A member is told of other things, or at other hours.")
