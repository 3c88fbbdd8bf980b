from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('publishing', '0003_keep_how_posts_ended'),
    ]

    operations = [
        # What is there already counts as used: nobody wrote down whether a post took it.
        migrations.AddField(
            model_name='media',
            name='is_used',
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name='media',
            name='is_used',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='media',
            index=models.Index(condition=models.Q(('is_used', False)), fields=['created_at'], name='media_unused'),
        ),
    ]
