"""Keeps the tokens in Mailchimp's addresses out of what we write: Mailchimp signs nothing, the address is its proof."""

import re

_TOKEN = re.compile(r"(/api/webhooks/mailchimp/)[^\s\"'?]+")


def masked(text: str) -> str:
    """Return the text with what follows in such a path hidden."""
    return _TOKEN.sub(r"\1[hidden]", text)
