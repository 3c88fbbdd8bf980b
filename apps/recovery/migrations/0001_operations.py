import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0002_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Operation',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('replay', 'Replay dead letters'), ('resolve', 'Put dead letters aside'), ('backfill', 'Publish what was missed'), ('resume', 'Resume connections'), ('release', 'Release held jobs')], max_length=20)),
                ('filter', models.JSONField(default=dict)),
                ('options', models.JSONField(default=dict)),
                ('upto', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('aborted', 'Aborted'), ('done', 'Done')], default='running', max_length=20)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('job', models.UUIDField(null=True)),
                ('actor', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('idempotency_key', models.CharField(max_length=255, null=True)),
                ('note', models.TextField(blank=True)),
                ('tenant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='OperationItem',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField()),
                ('predicted', models.CharField(blank=True, choices=[('publish', 'Goes out now'), ('wait', 'Waits'), ('verify_first', 'Is looked for first'), ('duplicate', 'Is out already'), ('connection_paused', 'Its connection is stopped'), ('late_ask', 'Late: a person is asked'), ('late_skip', 'Late: is skipped'), ('fail_again', 'Would fail again')], max_length=20)),
                ('result', models.CharField(choices=[('replayed', 'Runs again'), ('resolved', 'Put aside'), ('admitted', 'May go out'), ('asked', 'A person is asked'), ('skipped', 'Skipped as too late'), ('resumed', 'Publishes again'), ('released', 'Released'), ('left_alone', 'Left alone'), ('failed', 'Could not be done')], max_length=20)),
                ('detail', models.TextField(blank=True)),
                ('job', models.UUIDField(null=True)),
                ('operation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recovery.operation')),
            ],
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(fields=['tenant', '-id'], name='operation_of_tenant'),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('tenant', 'idempotency_key'), name='operation_idempotency_key_unique_per_tenant', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='operation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('state__in', ['aborted', 'done'])), models.Q(('finished_at__isnull', True), models.Q(('state__in', ['aborted', 'done']), _negated=True)), _connector='OR'), name='operation_finished_iff_ended'),
        ),
        migrations.AddConstraint(
            model_name='operationitem',
            constraint=models.UniqueConstraint(fields=('operation', 'subject'), name='operation_item_once_per_subject'),
        ),
    ]
