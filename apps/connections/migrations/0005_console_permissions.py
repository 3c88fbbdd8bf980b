from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0004_status_machine'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='connection',
            options={'permissions': [('pause_connection', 'Can pause'), ('resume_connection', 'Can resume'), ('check_connection', 'Can check now'), ('disconnect_connection', 'Can disconnect')]},
        ),
    ]
