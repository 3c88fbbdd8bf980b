"""Tenant pages: plain words, one click to the remedy, no JavaScript needed."""
