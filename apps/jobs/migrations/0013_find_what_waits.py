from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0012_fewer_indexes'),
        ('tenants', '0004_console_permissions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='deadletter',
            index=models.Index(condition=models.Q(('resolved_at__isnull', True)), fields=['platform', 'error_code', 'rule_id', 'created_at'], name='dead_letter_causes'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['held_for', 'id'], name='job_held'),
        ),
    ]
