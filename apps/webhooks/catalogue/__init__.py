"""The event types that a host product may hear of: names, schemas, examples; the same on webhooks and websocket."""
