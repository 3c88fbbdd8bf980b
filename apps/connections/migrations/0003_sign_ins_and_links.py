import apps.core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0002_renewal'),
        ('tenants', '0002_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReconnectLink',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(max_length=64, unique=True)),
                ('platform', models.CharField(choices=[('meta', 'Facebook and Instagram'), ('linkedin', 'LinkedIn'), ('tiktok', 'TikTok'), ('gbp', 'Google Business Profile'), ('mailchimp', 'Mailchimp')], max_length=20)),
                ('login', models.CharField(blank=True, max_length=20)),
                ('session', models.CharField(max_length=64)),
                ('verifier', models.CharField(blank=True, max_length=128)),
                ('backfill', models.BooleanField(default=True)),
                ('stage', models.CharField(choices=[('away', 'At the partner'), ('choosing', 'The person chooses accounts'), ('proving', 'A health check runs with what it brought'), ('done', 'Done'), ('failed', 'Nothing was changed')], default='away', max_length=20)),
                ('brought', models.TextField(blank=True)),
                ('chosen', models.JSONField(default=list)),
                ('why', models.TextField(blank=True)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('connection', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.connection')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.DeleteModel(
            name='OAuthState',
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.CheckConstraint(condition=models.Q(('stage__in', ['choosing', 'proving']), ('brought', ''), _connector='OR'), name='sign_in_keeps_secrets_only_while_it_needs_them'),
        ),
    ]
