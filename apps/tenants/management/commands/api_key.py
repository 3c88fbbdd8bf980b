"""Gives a tenant's programs their keys, and takes them back."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.tenants import keys
from apps.tenants.choices import KeyScope
from apps.tenants.models import ApiKey, Tenant


class Command(BaseCommand):
    help = "Issue, list, rotate and revoke the API keys of a tenant; a key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        issue = what.add_parser("issue", help="make a key and show it")
        issue.set_defaults(act=self._issue)
        issue.add_argument("tenant", metavar="SLUG")
        issue.add_argument("name", help="whose key it is, such as Shop")
        issue.add_argument("--scope", action="append", choices=KeyScope.values, required=True)
        issue.add_argument(
            "--days", type=int, help="how long it is good for; without it, until it is revoked"
        )
        shown = what.add_parser("list", help="show what there is, without the secrets")
        shown.set_defaults(act=self._list)
        shown.add_argument("tenant", metavar="SLUG")
        rotate = what.add_parser("rotate", help="make one like it; the old one goes on working for a while")
        rotate.set_defaults(act=self._rotate)
        rotate.add_argument("prefix", help="of the old key, as `list` shows it")
        rotate.add_argument("--overlap-hours", type=float, default=24)
        revoke = what.add_parser("revoke", help="end a key at once")
        revoke.set_defaults(act=self._revoke)
        revoke.add_argument("prefix", help="of the key, as `list` shows it")

    def handle(self, *_args: Any, **options: Any) -> None:
        options["act"](options)

    def _issue(self, options: dict[str, Any]) -> None:
        at, days = clock.now(), options["days"]
        _, secret = keys.issue(
            tenant=_tenant(options).pk,
            name=options["name"],
            scopes=options["scope"],
            at=at,
            expires_at=at + timedelta(days=days) if days else None,
        )
        self._show(secret)

    def _list(self, options: dict[str, Any]) -> None:
        for key in ApiKey.objects.for_tenant(_tenant(options).pk).order_by("created_at"):
            self.stdout.write(f"{key.prefix}  {key.name}: {', '.join(key.scopes)}; {_state(key)}")

    def _rotate(self, options: dict[str, Any]) -> None:
        overlap = timedelta(hours=options["overlap_hours"])
        key = _key(options)
        if key.revoked_at:
            raise CommandError("It was revoked. Issue a new one.")
        _, secret = keys.rotate(key=key, at=clock.now(), overlap=overlap)
        self._show(secret)

    def _revoke(self, options: dict[str, Any]) -> None:
        ended = keys.revoke(key=_key(options), at=clock.now())
        self.stdout.write("It is refused from now on." if ended else "It was revoked before.")

    def _show(self, secret: str) -> None:
        self.stdout.write(f"Key, shown once: {secret}")


def _tenant(options: dict[str, Any]) -> Tenant:
    if found := Tenant.objects.filter(slug=options["tenant"]).first():
        return found
    raise CommandError(f"There is no tenant {options['tenant']}.")


def _key(options: dict[str, Any]) -> ApiKey:
    if found := ApiKey.objects.across_tenants().filter(prefix=options["prefix"]).first():
        return found
    raise CommandError(f"There is no key {options['prefix']}.")


def _state(key: ApiKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
    used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    return f"{used}, until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else used
