from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0009_solo_lanes_and_edits'),
    ]

    operations = [
        migrations.AddField(
            model_name='lanebreaker',
            name='since',
            field=models.DateTimeField(null=True),
        ),
    ]
