"""What the engine shows in the console, one idea a file; importing registers it."""

from apps.jobs.admin import limits
from apps.jobs.admin.jobs import JobAdmin
from apps.jobs.admin.lanes import HoldAdmin, LaneAdmin
from apps.jobs.admin.letters import DeadLetterAdmin

__all__ = ["DeadLetterAdmin", "HoldAdmin", "JobAdmin", "LaneAdmin", "limits"]
