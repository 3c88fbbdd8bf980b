"""The event log: partitioned by week, append-only by a trigger."""

import apps.core.ids
from apps.core import clock, partitions
from django.db import migrations, models

TABLE = """
CREATE TABLE events_event (
    id uuid PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tenant uuid,
    verb varchar(80) NOT NULL,
    subject varchar(120) NOT NULL,
    actor varchar(120) NOT NULL,
    at timestamptz NOT NULL,
    cycle uuid,
    data jsonb NOT NULL
) PARTITION BY RANGE (id);
CREATE TABLE events_event_default PARTITION OF events_event DEFAULT;
CREATE INDEX event_of_subject ON events_event (subject, id DESC);
CREATE INDEX event_in_commit_order ON events_event (xid, id);

CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The event log is append-only: % refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_refuse();
CREATE TRIGGER event_log_is_never_emptied BEFORE TRUNCATE ON events_event
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse();
"""


def make_weeks(_apps, _editor):
    """This week and four ahead; a task makes the later ones."""
    partitions.ensure(partitions.Weekly("events_event"), at=clock.real_now())


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(TABLE, "DROP TABLE events_event; DROP FUNCTION events_refuse;"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ("tenant", models.UUIDField(null=True)),
                        ("verb", models.CharField(max_length=80)),
                        ("subject", models.CharField(max_length=120)),
                        ("actor", models.CharField(max_length=120)),
                        ("at", models.DateTimeField()),
                        ("cycle", models.UUIDField(null=True)),
                        ("data", models.JSONField(default=dict)),
                    ],
                    options={"indexes": [models.Index(fields=["subject", "-id"], name="event_of_subject")]},
                ),
            ],
        ),
        migrations.RunPython(make_weeks, migrations.RunPython.noop),
    ]
