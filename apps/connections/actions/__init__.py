"""What can be done to connections, one verb a file."""
