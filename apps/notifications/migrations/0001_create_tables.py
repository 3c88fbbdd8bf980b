import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0003_flags'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Channel',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('apprise', 'Chat')], max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('target', models.TextField(blank=True)),
                ('enabled', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('tenant', 'person'), name='channel_once_per_member'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'email'), ('person__isnull', False), ('target', ''), ('tenant__isnull', False)), models.Q(('person__isnull', True), models.Q(('target', ''), _negated=True)), _connector='OR'), name='channel_has_a_person_or_a_target')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('about', models.CharField(max_length=120)),
                ('subject', models.CharField(max_length=300)),
                ('text', models.TextField()),
                ('html', models.TextField()),
                ('recipients', models.JSONField(default=list)),
                ('state', models.CharField(choices=[('waiting', 'On its way'), ('told', 'Sent'), ('failed', 'Could not be sent'), ('withdrawn', 'Not sent: it was no longer true'), ('nobody', 'Nobody asked to be told')], max_length=20)),
                ('created_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-id'], name='notice_of_tenant'), models.Index(condition=models.Q(('state', 'waiting')), fields=['about'], name='notice_on_its_way')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'told'), ('told_at__isnull', False)), models.Q(models.Q(('state', 'told'), _negated=True), ('told_at__isnull', True)), _connector='OR'), name='notice_told_iff_told_at')],
            },
        ),
    ]
