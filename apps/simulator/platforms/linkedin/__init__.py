"""LinkedIn: members and organisations through the versioned REST API."""
