from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recovery', '0006_prompt_notice'),
    ]

    operations = [
        migrations.AlterField(
            model_name='operation',
            name='kind',
            field=models.CharField(choices=[('replay', 'Replay dead letters'), ('resolve', 'Put dead letters aside'), ('backfill', 'Publish what was missed'), ('resume', 'Resume connections'), ('release', 'Release held jobs'), ('redeliver', 'Deliver events again'), ('ask', 'Send reconnect links')], max_length=20),
        ),
        migrations.AlterField(
            model_name='operationitem',
            name='result',
            field=models.CharField(choices=[('replayed', 'Runs again'), ('resolved', 'Put aside'), ('admitted', 'May go out'), ('asked', 'A person is asked'), ('skipped', 'Skipped as too late'), ('resumed', 'Publishes again'), ('released', 'Released'), ('told', 'Its people were asked'), ('left_alone', 'Left alone'), ('failed', 'Could not be done')], max_length=20),
        ),
    ]
