import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_letters_by_id'),
        ('recovery', '0005_redeliver'),
    ]

    operations = [
        migrations.AddField(
            model_name='prompt',
            name='notice',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notifications.notice'),
        ),
    ]
