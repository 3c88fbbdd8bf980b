"""What can be done to tenants, people and keys, one verb a file."""
