"""Bulk work: what each kind of operation does with one subject, in slices that survive their worker."""
