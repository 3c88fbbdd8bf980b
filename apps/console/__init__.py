"""The ops console: Django's admin in unfold's clothes."""
