import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0010_breaker_since'),
        ('recovery', '0002_prompt'),
        ('tenants', '0002_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('platform', models.CharField(max_length=20)),
                ('family', models.CharField(choices=[('availability', 'The partner does not answer as it should'), ('authorisation', 'The partner refuses access'), ('app', 'The partner stopped our app'), ('signature', 'The same unexpected end of many jobs')], max_length=20)),
                ('signature', models.CharField(blank=True, max_length=140)),
                ('state', models.CharField(choices=[('open', 'Open'), ('releasing', 'Being released'), ('judging', 'Each connection is looked at singly'), ('closed', 'Closed')], default='open', max_length=20)),
                ('codes', models.JSONField(default=dict)),
                ('first_seen', models.DateTimeField()),
                ('opened_at', models.DateTimeField()),
                ('stage', models.CharField(blank=True, choices=[('', 'Not begun'), ('tenth', 'A tenth is free'), ('all', 'Everything is free')], max_length=10)),
                ('stage_at', models.DateTimeField()),
                ('failing_since', models.DateTimeField(null=True)),
                ('others_failed', models.BooleanField(default=False)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.CharField(blank=True, max_length=120)),
                ('end', models.CharField(blank=True, choices=[('over', 'It was over'), ('single_deaths', 'It was many single deaths'), ('operator', 'An operator closed it'), ('prompted', 'An operator asked people to reconnect')], max_length=20)),
                ('tenants', models.PositiveIntegerField(default=0)),
                ('connections', models.PositiveIntegerField(default=0)),
                ('jobs', models.PositiveIntegerField(default=0)),
            ],
            options={
                'permissions': [('act_on_incident', 'Can release, close and prompt')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('platform', 'family', 'signature'), name='incident_open_once_per_cause'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at__isnull', True), ('closed_by', ''), ('end', '')), models.Q(('closed_at__isnull', False), ('state', 'closed'), models.Q(('closed_by', ''), _negated=True), models.Q(('end', ''), _negated=True)), _connector='OR'), name='incident_closed_by_somebody_somehow'), models.CheckConstraint(condition=models.Q(models.Q(('family', 'signature'), models.Q(('signature', ''), _negated=True)), models.Q(models.Q(('family', 'signature'), _negated=True), ('signature', '')), _connector='OR'), name='incident_signature_iff_of_that_family')],
            },
        ),
        migrations.CreateModel(
            name='Hit',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('connection', models.UUIDField(null=True)),
                ('code', models.CharField(max_length=40)),
                ('rule', models.CharField(blank=True, max_length=80)),
                ('held_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('lane', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='jobs.lane')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recovery.incident')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('incident', 'lane'), name='hit_once_per_incident_and_lane')],
            },
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('held', models.BooleanField()),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('passed', models.BooleanField(null=True)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='recovery.incident')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='jobs.job')),
                ('lane', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='jobs.lane')),
            ],
            options={
                'indexes': [models.Index(fields=['incident', '-began_at'], name='trial_of_incident')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('passed__isnull', True)), models.Q(('ended_at__isnull', False), ('passed__isnull', False)), _connector='OR'), name='trial_ended_iff_judged')],
            },
        ),
    ]
