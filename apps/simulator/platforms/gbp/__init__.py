"""Google Business Profile: locations and local posts."""
