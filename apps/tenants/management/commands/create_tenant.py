"""Creates a tenant and its first admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.crypto import get_random_string

from apps.tenants.actions.create_tenant import TenantExists, create_tenant


class Command(BaseCommand):
    help = "Create a tenant and its first admin; prints a password for a new user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--admin", required=True, metavar="EMAIL")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            tenant, user = create_tenant(name=options["name"], admin_email=options["admin"])
        except TenantExists as problem:
            raise CommandError(f"{problem.title}. {problem.detail}") from None
        self.stdout.write(f"Created {tenant.name} (/t/{tenant.slug}/), admin {user.email}.")
        if not user.has_usable_password():
            password = get_random_string(16)
            user.set_password(password)
            user.save(update_fields=["password"])
            self.stdout.write(f"Password, shown once: {password}")
