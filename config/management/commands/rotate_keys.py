"""Encrypts anew under the first key what an older one encrypted."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.rotation import rotate


class Command(BaseCommand):
    help = (
        "Encrypt every secret under the first of REKNIT_ENCRYPTION_KEYS, so that the others can be taken out."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        done = rotate()
        self.stdout.write(f"{done.anew} secrets were encrypted anew.")
        if done.unreadable:
            self.stderr.write(
                f"{done.unreadable} cannot be read with the keys at hand. Put back the key that they need."
            )
            sys.exit(1)
        if done.left:
            self.stderr.write(
                f"{done.left} were written under an older key meanwhile. Restart every process, then run this again."
            )
            sys.exit(1)
        self.stdout.write("All secrets are under the first key now; the others can be taken out.")
