from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0004_lane_breaker'),
    ]

    operations = [
        migrations.AddField(
            model_name='lanebreaker',
            name='since',
            field=models.DateTimeField(null=True),
        ),
    ]
