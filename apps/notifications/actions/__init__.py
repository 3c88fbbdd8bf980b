"""What can be done to channels and notices, one verb a file."""
