import apps.core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0006_find_grants_of_a_person'),
        ('tenants', '0005_see_as_member'),
    ]

    operations = [
        migrations.CreateModel(
            name='EgressRoute',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('run', models.CharField(max_length=36)),
                ('base_url', models.CharField(max_length=200)),
                ('tokens', models.TextField()),
                ('version', models.PositiveIntegerField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('counts', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('connection',), name='egress_route_open_once_per_connection'), models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('tokens', ''), _connector='OR'), name='egress_route_closed_without_its_tokens')],
            },
        ),
    ]
