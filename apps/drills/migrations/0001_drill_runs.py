import apps.core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0005_see_as_member'),
    ]

    operations = [
        migrations.CreateModel(
            name='DrillRun',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(choices=[('expire_token', 'Access ends'), ('remove_permission', 'A permission is taken away'), ('partner_5xx', 'The partner answers 500'), ('rate_limit_429', 'The partner wants it slower'), ('slow_partner', 'The partner is slow'), ('cut_socket', 'Answers are lost after posting'), ('worker_killed', 'A worker is killed'), ('clock_skew', "A machine's clock is wrong")], max_length=30)),
                ('connections', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('opened', 'On the stage'), ('running', 'Running'), ('ended', 'Ended')], default='asked', max_length=10)),
                ('duration', models.DurationField()),
                ('rate', models.PositiveIntegerField()),
                ('refresh_works', models.BooleanField(default=False)),
                ('cap', models.PositiveIntegerField()),
                ('actor', models.CharField(max_length=120)),
                ('asked_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('detected_at', models.DateTimeField(null=True)),
                ('healed_at', models.DateTimeField(null=True)),
                ('recovered_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('abort_wanted', models.CharField(blank=True, max_length=120)),
                ('busy_until', models.DateTimeField(null=True)),
                ('numbers', models.JSONField(default=dict)),
                ('verdict', models.CharField(blank=True, choices=[('passed', 'Held'), ('failed', 'Did not hold'), ('aborted', 'Aborted'), ('not_run', 'Did not run')], max_length=10)),
                ('why', models.TextField(blank=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'permissions': [('run_drill', 'Can start and abort drills')],
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['id'], name='drill_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state', 'ended'), models.Q(('verdict', ''), _negated=True)), models.Q(('ended_at__isnull', True), ('verdict', ''), models.Q(('state', 'ended'), _negated=True)), _connector='OR'), name='drill_ended_with_a_verdict')],
            },
        ),
    ]
