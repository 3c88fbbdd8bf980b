"""REST API: parse, one call into the house, render."""
