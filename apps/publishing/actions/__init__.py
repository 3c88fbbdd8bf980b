"""What can be done with posts, one verb a file."""
