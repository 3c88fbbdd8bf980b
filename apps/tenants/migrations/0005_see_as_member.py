from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0004_console_permissions'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='membership',
            options={'permissions': [('see_as_member', 'Can see the pages as one of its people')]},
        ),
    ]
