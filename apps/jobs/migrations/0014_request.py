from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0013_find_what_waits'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='request',
            field=models.UUIDField(null=True),
        ),
    ]
