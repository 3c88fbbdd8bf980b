"""What the log tells about itself."""

from apps.events import verbs

verbs.declare("list.exported", "Somebody of the staff took a list along as a file.")
