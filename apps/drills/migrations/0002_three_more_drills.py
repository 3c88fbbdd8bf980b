from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('drills', '0001_drill_runs'),
    ]

    operations = [
        migrations.AlterField(
            model_name='drillrun',
            name='name',
            field=models.CharField(choices=[('expire_token', 'Access ends'), ('remove_permission', 'A permission is taken away'), ('partner_5xx', 'The partner answers 500'), ('rate_limit_429', 'The partner wants it slower'), ('slow_partner', 'The partner is slow'), ('cut_socket', 'Answers are lost after posting'), ('duplicate_webhook', 'The partner says it several times, and late'), ('mass_revocation', 'Many accounts lose their access at once'), ('refresh_race', 'Many renew the same access at once'), ('worker_killed', 'A worker is killed'), ('clock_skew', "A machine's clock is wrong")], max_length=30),
        ),
    ]
