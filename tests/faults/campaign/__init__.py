"""Fault campaigns (`make faults`): real processes, real faults, and the partners' own ledger as the judge."""
