from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0001_create_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cursor',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('cursor', models.CharField(blank=True, max_length=120)),
                ('trouble', models.TextField(blank=True)),
            ],
        ),
    ]
