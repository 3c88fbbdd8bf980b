from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('publishing', '0001_create_tables'),
    ]

    operations = [
        migrations.AddField(
            model_name='media',
            name='duration_s',
            field=models.FloatField(null=True),
        ),
    ]
