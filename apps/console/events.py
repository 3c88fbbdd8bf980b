"""What the console tells the house about."""

from apps.events import verbs

verbs.declare("errors.override_added", "An operator gave unknown answers a code.")
verbs.declare("errors.override_removed", "An operator took back the code of unknown answers.")
verbs.declare("flag.switched", "An operator switched a feature for a tenant.")
verbs.declare("tenant.added", "An operator made a tenant.")
verbs.declare("tenant.changed", "An operator changed a tenant's settings.")
verbs.declare("user.added", "An operator made an account for a person.")
verbs.declare("user.changed", "An operator changed a person's account.")
verbs.declare("membership.added", "An operator made a person a member of a tenant.")
verbs.declare("membership.changed", "An operator changed a person's role.")
verbs.declare("membership.removed", "An operator took a person out of a tenant.")
verbs.declare(
    "staff.view_began", "Somebody of the staff sees the pages as this person, without changing anything."
)
verbs.declare("staff.two_factor_set", "A member of the staff set up a second factor.")
verbs.declare(
    "staff.two_factor_forgotten", "An operator took a second factor away; the person sets up another."
)
