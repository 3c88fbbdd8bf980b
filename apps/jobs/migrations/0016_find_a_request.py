from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0015_accept_faster'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='attempt',
            index=models.Index(condition=models.Q(('request_id', ''), _negated=True), fields=['request_id'], name='attempt_of_request'),
        ),
    ]
