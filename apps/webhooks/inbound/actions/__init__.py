"""What can be done about what partners told us, one verb a file."""
