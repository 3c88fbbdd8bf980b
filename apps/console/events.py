"""What the console tells the house about."""

from apps.events import verbs

verbs.declare("errors.override_added", "An operator gave unknown answers a code.")
verbs.declare("errors.override_removed", "An operator took back the code of unknown answers.")
verbs.declare("flag.switched", "An operator switched a feature for a tenant.")
