"""What notifications tell the house about."""

from apps.events import verbs

verbs.declare("notice.written", "People are told something; a job for each channel carries it.")
verbs.declare("notice.withdrawn", "A notice that was still on its way is no longer true and is not sent.")
verbs.declare("channel.added", "There is a new way to tell somebody.")
verbs.declare("channel.removed", "A way to tell somebody is gone.")
verbs.declare("channel.switched", "A way to tell somebody was switched on or off.")
