"""Django's own checks and the migrations check, on a database of their own."""

import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command


def main() -> int:
    """Run them; the plugin of the test suite starts a database when none is given."""
    import django  # noqa: PLC0415

    import tests.embedded  # noqa: F401, PLC0415 - importing starts the database before Django reads its settings

    django.setup()
    try:
        call_command("check", fail_level="WARNING")
        call_command("makemigrations", check=True, dry_run=True)
    except (CommandError, ImproperlyConfigured) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.exit(main())
