"""We tell the host product: endpoints, deliveries, and what happens when nobody takes them."""
