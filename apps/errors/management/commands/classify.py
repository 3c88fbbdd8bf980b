"""Names partner errors on the command line; touches no database."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from apps.errors.classification import CallContext, Classification
from apps.errors.classifier import classify_partner_error
from apps.errors.reading.answer import mapping, text_of
from apps.errors.taxonomy import get_user_message, runbook_for


class Command(BaseCommand):
    help = "Classify partner errors: one JSON object a line on standard input, or one given by options."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--platform")
        parser.add_argument("--status", type=int, default=400)
        parser.add_argument("--body", default="")
        parser.add_argument("--operation", default="publish")
        parser.add_argument(
            "--overrides",
            action="store_true",
            help="heed the codes that operators gave to unknown answers (needs the database)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["overrides"]:
            from apps.errors import live  # noqa: PLC0415 - without the option nothing here knows a database

            live.refresh(older_than=0)
        if options["platform"]:
            one = {name: options[name] for name in ("platform", "status", "body", "operation")}
            self.stdout.write(json.dumps(classify_line(one)))
            return
        failed = False
        for line in self._lines():
            try:
                answer = classify_line(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                answer, failed = {"error": f"This line cannot be read: {error}"}, True
            self.stdout.write(json.dumps(answer))
        if failed:
            sys.exit(1)

    def _lines(self) -> Iterator[str]:
        return (line for line in sys.stdin if line.strip())


def classify_line(said: object) -> dict[str, Any]:
    """
    Classify one error given as an object with platform, status, headers, body, operation.

    :raises TypeError: when it is no object or has no platform.
    """
    if not isinstance(said, dict) or not isinstance(said.get("platform"), str):
        raise TypeError("it must be an object with at least `platform`")
    status = text_of(said.get("status"))
    context = mapping(said.get("context"))
    found = classify_partner_error(
        said["platform"],
        int(status) if status.isdigit() else 0,
        said.get("body"),
        said.get("headers"),
        operation=text_of(said.get("operation")) or "publish",
        context=CallContext(
            object_kind=text_of(context.get("object_kind")),
            object_age_s=_seconds(context.get("object_age_s")),
            token_age_s=_seconds(context.get("token_age_s")),
        ),
    )
    return to_json(found)


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def to_json(found: Classification) -> dict[str, Any]:
    """Return a classification as the command prints it."""
    return {
        "code": found.code,
        "action": found.action,
        "severity": found.entry.severity,
        "kind": found.entry.kind,
        "retryable": found.retryable,
        "pauses": found.entry.pauses_connection,
        "rule": found.rule_id,
        "confidence": found.confidence,
        "partner_code": found.partner_code,
        "retry_after": found.retry_after,
        "user_message": get_user_message(found.code, found.platform),
        "runbook": runbook_for(found.code),
    }
