import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0002_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='FlagSetting',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('flag', models.CharField(choices=[('RECOVERY_AUTOPAUSE_ENABLED', 'Stop connections by ourselves'), ('RECONNECT_WIZARD_ENABLED', 'Reconnect by their own people'), ('SYNTHETIC_PINGS_ENABLED', 'Check connections in between'), ('CHAOS_TESTS_ENABLED', 'Drills'), ('WEEKLY_SUMMARY_ENABLED', 'Weekly summary')], max_length=40)),
                ('on', models.BooleanField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.CharField(max_length=120)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'flag'), name='flag_set_once_per_tenant')],
            },
        ),
    ]
