"""What is written by insights, one verb a file."""
