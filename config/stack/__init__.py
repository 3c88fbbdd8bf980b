"""The embedded stack: a real PostgreSQL, a real Valkey and our own processes, under one supervisor."""
