"""Google Business Profile: posts on locations."""
