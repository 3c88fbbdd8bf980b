"""Texts as they are compared: what a partner shows back is seldom byte for byte what we sent."""

import unicodedata


def normalise(text: str) -> str:
    """Return the text in one Unicode form, with every run of white space as one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())
