"""Pause, resume, reconnect, catch up: one verb a file."""
