
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0010_breaker_since'),
        ('tenants', '0003_flags'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'verifying', 'waiting']), models.Q(('passes', []), _negated=True)), fields=['lane', 'run_at'], name='job_control'),
        ),
    ]
