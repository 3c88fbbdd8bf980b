from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0005_console_permissions'),
        ('recovery', '0003_incidents'),
        ('tenants', '0003_flags'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='prompt',
            options={'permissions': [('send_prompt', 'Can ask people to reconnect now')]},
        ),
        migrations.AddField(
            model_name='prompt',
            name='told_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='prompt',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='prompt_closed'),
        ),
    ]
