"""The error lab: paste what a partner said, and see the rule that fires, why, and what would be done."""

import json
from random import Random
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase

from apps.console.page import needs, show
from apps.core import clock
from apps.errors import live
from apps.errors.classification import Classification
from apps.errors.classifier import classify_partner_error
from apps.errors.decide import Case, Decision, decide
from apps.errors.outcome import Outcome, Verdict
from apps.errors.retry import PRESETS
from apps.errors.rules.tables import TABLES
from apps.errors.taxonomy import get_user_message, runbook_for

OPERATIONS = ("publish", "delete", "verify", "health_check", "refresh", "oauth")


class AnswerForm(forms.Form):
    """A partner's answer."""

    platform = forms.ChoiceField(choices=[(name, name) for name in TABLES])
    status = forms.IntegerField(min_value=0, max_value=999, initial=400)
    operation = forms.ChoiceField(choices=[(name, name) for name in OPERATIONS])
    headers = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One a line, as name: value."
    )
    body = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8}), max_length=65536)

    def clean_headers(self) -> dict[str, str]:
        """Split the lines."""
        lines = [line.partition(":") for line in self.cleaned_data["headers"].splitlines() if line.strip()]
        return {name.strip(): value.strip() for name, _, value in lines}


@needs("errors.view_unclassified")
def show_lab(request: HttpRequest) -> HttpResponseBase:
    """Name the answer, without storing it."""
    form = AnswerForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "found": None}
    if request.method == "POST" and form.is_valid():
        live.refresh(older_than=0)
        said = form.cleaned_data
        found = classify_partner_error(
            said["platform"], said["status"], said["body"], said["headers"], operation=said["operation"]
        )
        context |= {
            "found": found,
            "rule": next((one for one in TABLES[said["platform"]] if one.id == found.rule_id), None),
            "words": get_user_message(found.code, found.platform),
            "runbook": runbook_for(found.code),
            "decision": _decision(found, writes=said["operation"] == "publish"),
            "facts": json.dumps(dict(found.evidence), indent=2, ensure_ascii=False),
        }
    return show(request, "console/lab.html", "Error lab", context)


def _decision(found: Classification, *, writes: bool) -> Decision:
    """Decide for a first try at the commit point of a post that the partner could show."""
    case = Case(
        attempts=0,
        throttles=0,
        looks=0,
        writes=writes,
        at_commit=writes,
        verifying=False,
        verifiable=True,
        unknown_since=None,
        sent_at=None,
    )
    verdict = Verdict.FAILURE if found.proof else Verdict.UNKNOWN
    outcome = Outcome(verdict=verdict, classification=found)
    return decide(outcome, case, PRESETS["default"], clock.now(), rng=Random(0))  # noqa: S311 - an example
