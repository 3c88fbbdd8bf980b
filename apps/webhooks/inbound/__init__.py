"""What partners tell us. A platform is a folder of same-named files: `receiver` proves and splits, `meaning` reads."""
