"""What insights tell the house about."""

from apps.events import verbs

verbs.declare("egress.closed", "Nothing outside could be reached: the partners are not blamed for it.")
verbs.declare("metrics.updated", "A minute in which a tenant had traffic is counted.")
verbs.declare("insight.written", "There is a summary of a tenant's week.")
