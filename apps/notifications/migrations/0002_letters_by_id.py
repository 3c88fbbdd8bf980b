from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_create_tables'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='notice',
            name='notice_on_its_way',
        ),
    ]
