"""What recovery remembers, one idea a file."""

from apps.recovery.models.incidents import Hit, Incident, Trial
from apps.recovery.models.operations import Operation, OperationItem
from apps.recovery.models.prompts import Prompt

__all__ = ["Hit", "Incident", "Operation", "OperationItem", "Prompt", "Trial"]
