from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publishing', '0002_media_duration'),
    ]

    operations = [
        migrations.AddField(
            model_name='target',
            name='end_state',
            field=models.CharField(blank=True, choices=[('queued', 'Queued'), ('running', 'Running'), ('waiting', 'Waiting for the partner'), ('verifying', 'Verifying'), ('held', 'Held'), ('succeeded', 'Succeeded'), ('failed', 'Failed'), ('dead', 'Dead letter'), ('cancelled', 'Cancelled')], max_length=20),
        ),
        migrations.AddField(
            model_name='target',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='target',
            name='error_code',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='target',
            name='permalink',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='target',
            name='remote_id',
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
