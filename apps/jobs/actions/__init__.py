"""What can be done to jobs and lanes, one verb a file."""
