import apps.core.ids
import django.contrib.postgres.fields
from apps.core import clock, partitions
from django.db import migrations, models

# By week: the id begins with the time. Rows older than they may be are dropped with their week.
TABLES = """
CREATE TABLE webhooks_intake (
    id uuid PRIMARY KEY,
    receiver varchar(40) NOT NULL,
    platform varchar(20) NOT NULL,
    signer varchar(20) NOT NULL,
    vouched uuid,
    body bytea NOT NULL,
    at timestamptz NOT NULL,
    state varchar(20) NOT NULL,
    read_at timestamptz,
    trouble varchar(300) NOT NULL,
    replays integer NOT NULL CHECK (replays >= 0)
) PARTITION BY RANGE (id);
CREATE TABLE webhooks_intake_default PARTITION OF webhooks_intake DEFAULT;
CREATE INDEX intake_to_read ON webhooks_intake (id) WHERE state = 'new';

CREATE TABLE webhooks_incomingevent (
    id uuid PRIMARY KEY,
    intake uuid NOT NULL,
    receiver varchar(40) NOT NULL,
    kind varchar(80) NOT NULL,
    about varchar(200) NOT NULL,
    happened_at timestamptz,
    act varchar(20) NOT NULL,
    ending varchar(20) NOT NULL,
    connections uuid[] NOT NULL,
    note varchar(300) NOT NULL,
    at timestamptz NOT NULL
) PARTITION BY RANGE (id);
CREATE TABLE webhooks_incomingevent_default PARTITION OF webhooks_incomingevent DEFAULT;
CREATE INDEX incoming_event_of_intake ON webhooks_incomingevent (intake);
CREATE INDEX incoming_event_about ON webhooks_incomingevent (about) WHERE NOT about = '';
"""


def make_weeks(_apps, _editor):
    """This week and four ahead; a task makes the later ones."""
    for table in ("webhooks_intake", "webhooks_incomingevent"):
        partitions.ensure(partitions.Weekly(table), at=clock.real_now())


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Seen',
            fields=[
                ('key', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='SigningKeys',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('issuer', models.CharField(blank=True, max_length=200)),
                ('keys', models.JSONField(default=list)),
                ('fetched_at', models.DateTimeField(null=True)),
                ('tried_at', models.DateTimeField(null=True)),
                ('trouble', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name_plural': 'signing keys',
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('code', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('platform', models.CharField(choices=[('meta', 'Facebook and Instagram'), ('linkedin', 'LinkedIn'), ('tiktok', 'TikTok'), ('gbp', 'Google Business Profile'), ('mailchimp', 'Mailchimp')], max_length=20)),
                ('login', models.CharField(blank=True, max_length=20)),
                ('person', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('done', 'Done')], default='asked', max_length=20)),
                ('asked_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('connections', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('done_at__isnull', True), ('state', 'asked')), models.Q(('done_at__isnull', False), ('person', ''), ('state', 'done')), _connector='OR'), name='erasure_done_forgets_the_person')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(TABLES, "DROP TABLE webhooks_incomingevent; DROP TABLE webhooks_intake;"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='IncomingEvent',
                    fields=[
                        ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('intake', models.UUIDField()),
                        ('receiver', models.CharField(max_length=40)),
                        ('kind', models.CharField(max_length=80)),
                        ('about', models.CharField(blank=True, max_length=200)),
                        ('happened_at', models.DateTimeField(null=True)),
                        ('act', models.CharField(choices=[('revoke', 'Stop: the access was taken back'), ('attention', 'Stop: a person must do something'), ('check', 'Ask the partner whether it works'), ('result', 'Tell the job what became of its post'), ('erase', "Erase a person's data"), ('nothing', 'Nothing')], max_length=20)),
                        ('ending', models.CharField(choices=[('done', 'Acted on'), ('noted', 'Kept; nothing to do'), ('ignored', 'Kept; a kind that we do not know'), ('nobody', 'About nobody we know'), ('old', 'Older than the last reconnect'), ('malformed', 'Signed, and not what the partner documents'), ('failed', 'We could not act on it')], max_length=20)),
                        ('connections', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                        ('note', models.CharField(blank=True, max_length=300)),
                        ('at', models.DateTimeField()),
                    ],
                    options={
                        'verbose_name': 'partner event',
                        'indexes': [
                            models.Index(fields=['intake'], name='incoming_event_of_intake'),
                            models.Index(condition=models.Q(('about', ''), _negated=True), fields=['about'], name='incoming_event_about'),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name='Intake',
                    fields=[
                        ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                        ('receiver', models.CharField(max_length=40)),
                        ('platform', models.CharField(choices=[('meta', 'Facebook and Instagram'), ('linkedin', 'LinkedIn'), ('tiktok', 'TikTok'), ('gbp', 'Google Business Profile'), ('mailchimp', 'Mailchimp')], max_length=20)),
                        ('signer', models.CharField(blank=True, max_length=20)),
                        ('vouched', models.UUIDField(null=True)),
                        ('body', models.BinaryField()),
                        ('at', models.DateTimeField()),
                        ('state', models.CharField(choices=[('new', 'Waits to be read'), ('read', 'Read'), ('malformed', 'Signed, and not what the partner documents')], default='new', max_length=20)),
                        ('read_at', models.DateTimeField(null=True)),
                        ('trouble', models.CharField(blank=True, max_length=300)),
                        ('replays', models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        'verbose_name': 'partner webhook',
                        'permissions': [('replay_intake', 'Can replay')],
                        'indexes': [models.Index(condition=models.Q(('state', 'new')), fields=['id'], name='intake_to_read')],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='Refusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('receiver', models.CharField(max_length=40)),
                ('why', models.CharField(max_length=40)),
                ('hour', models.DateTimeField(db_index=True)),
                ('count', models.BigIntegerField(default=1)),
                ('last_at', models.DateTimeField()),
                ('sample', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'refused webhook',
                'constraints': [models.UniqueConstraint(fields=('receiver', 'why', 'hour'), name='refusal_once_per_receiver_reason_and_hour')],
            },
        ),
        migrations.RunPython(make_weeks, migrations.RunPython.noop),
    ]
