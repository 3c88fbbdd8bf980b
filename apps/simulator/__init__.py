"""Five fake partners over real HTTP, as strict as the real ones. A program of its own that imports nothing of ours."""
