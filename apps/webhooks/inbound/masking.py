"""Keeps the tokens in Mailchimp's addresses out of the logs."""

import logging
import re

_TOKEN = re.compile(r"(/api/webhooks/mailchimp/)[^\s\"'?]+")


class MaskTokens(logging.Filter):
    """Masks what follows in such a path, wherever a record has it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(one) for one in record.args)
        return True


def _masked(value: object) -> object:
    return _TOKEN.sub(r"\1[hidden]", value) if isinstance(value, str) else value
