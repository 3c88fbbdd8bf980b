from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0003_flags'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='tenant',
            options={'permissions': [('export_list', 'Can take lists along as files')]},
        ),
    ]
