from apps.core import clock, partitions
from django.db import migrations

# What was there becomes the default partition; its rows move to their weeks as these are made.
TABLE = """
ALTER TABLE jobs_attempt RENAME TO jobs_attempt_default;
ALTER INDEX attempt_of_job RENAME TO attempt_of_job_default;
CREATE TABLE jobs_attempt (LIKE jobs_attempt_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id);
ALTER TABLE jobs_attempt ATTACH PARTITION jobs_attempt_default DEFAULT;
ALTER TABLE jobs_attempt ADD PRIMARY KEY (id);
CREATE INDEX attempt_of_job ON jobs_attempt (job_id, id);
"""

STORAGE = """
ALTER TABLE jobs_lane SET (
    fillfactor = 70, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE jobs_job SET (
    fillfactor = 70, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0
);
ALTER TABLE jobs_bucket SET (
    fillfactor = 30, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0
);
"""

WEEKS = partitions.Weekly(
    "jobs_attempt",
    storage="fillfactor = 60, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02,"
    " autovacuum_vacuum_cost_delay = 0",
)


def make_weeks(_apps, _editor):
    """This week and four ahead; a task makes the later ones."""
    partitions.protect(WEEKS, "jobs_attempt_default")
    partitions.ensure(WEEKS, at=clock.real_now())


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0006_lane_heads'),
    ]

    operations = [
        migrations.RunSQL(TABLE, migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunPython(make_weeks, migrations.RunPython.noop),
    ]
