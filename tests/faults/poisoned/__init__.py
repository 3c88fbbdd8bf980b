"""An app that only fault campaigns install: a kind of job that kills whoever touches it."""
