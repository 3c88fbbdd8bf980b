from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recovery', '0007_ask'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='incident',
            name='incident_open_once_per_cause',
        ),
        migrations.AddField(
            model_name='incident',
            name='drill',
            field=models.CharField(blank=True, db_default='', default='', max_length=36),
        ),
        migrations.AlterField(
            model_name='incident',
            name='end',
            field=models.CharField(blank=True, choices=[('over', 'It was over'), ('single_deaths', 'It was many single deaths'), ('operator', 'An operator closed it'), ('prompted', 'An operator asked people to reconnect'), ('drill', 'Its drill ended')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('platform', 'family', 'signature', 'drill'), name='incident_open_once_per_cause'),
        ),
    ]
