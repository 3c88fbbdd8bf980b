"""Reads partners' answers into one shape. Nothing here raises, whatever the body is."""
