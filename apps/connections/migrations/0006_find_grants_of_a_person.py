from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0005_console_permissions'),
        ('tenants', '0003_flags'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['external_user_id', 'platform'], name='grant_of_person'),
        ),
    ]
