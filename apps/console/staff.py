"""The groups of the operations staff: a viewer sees, an operator acts, an admin configures."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from apps.tenants.models import User

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
# What an operator may do besides looking; one line for each sort of button.
ACTS = frozenset(
    {
        "recovery.act_on_incident",
        "recovery.send_prompt",
        "recovery.add_operation",
        "recovery.change_operation",
        "connections.pause_connection",
        "connections.resume_connection",
        "connections.check_connection",
        "connections.disconnect_connection",
        "jobs.change_job",
        "jobs.change_hold",
        "errors.add_override",
        "webhooks.operate_endpoint",
        "tenants.export_list",
        "webhooks.replay_intake",
    }
)


def ensure_groups() -> None:
    """
    Make the three groups what they are here; whoever is in them stays in them.

    Runs after each migration. What an installation wants otherwise belongs into a group of its own.
    """
    for name, allowed in (
        (VIEWER, _looks()),
        (OPERATOR, Permission.objects.filter(_acts()) | _looks()),
        (ADMIN, Permission.objects.all()),
    ):
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(allowed)


def is_as_mighty(one: Any, other: User) -> bool:
    """Return whether the one may do whatever the other may, also when that one is switched off for now."""
    if other.is_superuser:
        return bool(one.is_superuser)
    theirs = Permission.objects.filter(Q(group__user=other) | Q(user=other))
    names = theirs.values_list("content_type__app_label", "codename").distinct()
    return all(one.has_perm(f"{app}.{codename}") for app, codename in names)


def _looks() -> QuerySet[Permission]:
    return Permission.objects.filter(codename__startswith="view_")


def _acts() -> Q:
    found = Q(pk=None)
    for one in ACTS:
        app, _, codename = one.partition(".")
        found |= Q(content_type__app_label=app, codename=codename)
    return found
