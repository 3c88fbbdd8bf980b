"""Dates as the rest of the house writes them, to the second and with the clock that they go by."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i:s T"
TIME_FORMAT = "H:i:s"
