"""The product's story, each step asserted against the simulator's ledger."""

from config.story.browser import StoryBroke
from config.story.chapters import Story

__all__ = ["Story", "StoryBroke"]
