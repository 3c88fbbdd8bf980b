from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recovery', '0004_prompt_told_at'),
    ]

    operations = [
        migrations.AlterField(
            model_name='operation',
            name='kind',
            field=models.CharField(choices=[('replay', 'Replay dead letters'), ('resolve', 'Put dead letters aside'), ('backfill', 'Publish what was missed'), ('resume', 'Resume connections'), ('release', 'Release held jobs'), ('redeliver', 'Deliver events again')], max_length=20),
        ),
    ]
