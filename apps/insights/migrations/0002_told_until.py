from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('insights', '0001_checks_rollups_and_advice'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToldUntil',
            fields=[
                ('span', models.CharField(choices=[('minute', 'A minute'), ('hour', 'An hour'), ('day', 'A day')], max_length=10, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
        ),
    ]
