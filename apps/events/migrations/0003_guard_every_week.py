from apps.core import partitions
from django.db import connection, migrations

WEEKLY = partitions.Weekly("events_event", guard="events_refuse")


def guard(_apps, _editor):
    """A trigger against TRUNCATE is not inherited: without one of its own a single week could be emptied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events_event'::regclass")
        for (name,) in cursor.fetchall():
            partitions.protect(WEEKLY, name)


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0002_cursor'),
    ]

    operations = [
        migrations.RunPython(guard, migrations.RunPython.noop),
    ]
