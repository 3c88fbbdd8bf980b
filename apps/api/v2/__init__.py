"""Version 2, the first of this house."""
