import apps.core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('connections', '0006_find_grants_of_a_person'),
        ('tenants', '0004_console_permissions'),
    ]

    operations = [
        migrations.CreateModel(
            name='OpenCall',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='Progress',
            fields=[
                ('source', models.CharField(choices=[('call', 'Attempts, by how they ended'), ('event', 'What the log tells of, by its verb')], max_length=10, primary_key=True, serialize=False)),
                ('after', models.UUIDField()),
                ('after_xid', models.BigIntegerField(default=0)),
                ('seen_at', models.DateTimeField(null=True)),
                ('seen_xid', models.BigIntegerField(default=0)),
                ('told_at', models.DateTimeField(null=True)),
                ('complete_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='AdvisorInsight',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('week_starting', models.DateField()),
                ('category', models.CharField(choices=[('integration_health', 'How the connected accounts do')], default='integration_health', max_length=30)),
                ('data', models.JSONField()),
                ('recommendation', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'category', 'week_starting'), name='insight_once_per_week'), models.CheckConstraint(condition=models.Q(('week_starting__iso_week_day', 1)), name='insight_week_begins_on_a_monday')],
            },
        ),
        migrations.CreateModel(
            name='ConnectionHealth',
            fields=[
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='connections.connection')),
                ('status', models.CharField(choices=[('healthy', 'Works'), ('warning', 'Works, for now'), ('critical', 'Does not work'), ('unknown', 'Could not be told')], default='unknown', max_length=20)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('warnings', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('authorisation_ends', 'The access ends within a week, and only a new sign-in prolongs it'), ('permissions_shrank', 'The partner took permissions back'), ('quota_nearly_gone', "The partner's limit is nearly used up")], max_length=30), default=list, size=None)),
                ('latency_ms', models.PositiveIntegerField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('proven_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='health_due')],
            },
        ),
        migrations.CreateModel(
            name='HealthResult',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('connection', models.UUIDField()),
                ('platform', models.CharField(choices=[('meta', 'Facebook and Instagram'), ('linkedin', 'LinkedIn'), ('tiktok', 'TikTok'), ('gbp', 'Google Business Profile'), ('mailchimp', 'Mailchimp')], max_length=20)),
                ('status', models.CharField(choices=[('healthy', 'Works'), ('warning', 'Works, for now'), ('critical', 'Does not work'), ('unknown', 'Could not be told')], max_length=20)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('warnings', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('authorisation_ends', 'The access ends within a week, and only a new sign-in prolongs it'), ('permissions_shrank', 'The partner took permissions back'), ('quota_nearly_gone', "The partner's limit is nearly used up")], max_length=30), default=list, size=None)),
                ('latency_ms', models.PositiveIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('ours', models.BooleanField(default=False)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['connection', '-id'], name='health_result_of_connection')],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('connection', models.UUIDField()),
                ('platform', models.CharField(max_length=20)),
                ('code', models.CharField(blank=True, max_length=40)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(blank=True, choices=[('resumed', 'It publishes again'), ('converted', 'An incident took it over'), ('disconnected', 'Nobody wants the account any more')], max_length=20)),
                ('tenant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['connection'], name='outage_open'), models.Index(fields=['tenant', 'ended_at'], name='outage_of_tenant')],
                'constraints': [models.UniqueConstraint(fields=('connection', 'began_at'), name='outage_begins_once'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at__isnull', True)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='outage_ended_somehow')],
            },
        ),
        migrations.CreateModel(
            name='Rollup',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('span', models.CharField(choices=[('minute', 'A minute'), ('hour', 'An hour'), ('day', 'A day')], max_length=10)),
                ('begin', models.DateTimeField()),
                ('counted', models.CharField(choices=[('call', 'Attempts, by how they ended'), ('event', 'What the log tells of, by its verb')], max_length=10)),
                ('platform', models.CharField(max_length=20)),
                ('kind', models.CharField(max_length=40)),
                ('outcome', models.CharField(max_length=80)),
                ('code', models.CharField(max_length=40)),
                ('count', models.BigIntegerField()),
                ('took', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('tenant', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['span', 'begin'], name='rollup_by_age')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'span', 'counted', 'begin', 'platform', 'kind', 'outcome', 'code'), name='rollup_once_per_stretch_and_names', nulls_distinct=False)],
            },
        ),
    ]
