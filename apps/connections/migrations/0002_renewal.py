from django.db import migrations, models

# What was connected before renews itself, too: the task looks again at whether a grant can be renewed.
FILL = """
UPDATE connections_credential SET refresh_at = expires_at - greatest((expires_at - created_at) * 0.2, interval '15 minutes')
WHERE state = 'current' AND connection_id IS NULL AND expires_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0001_create_tables"),
        ("tenants", "0002_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="refresh_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="credential",
            name="refused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="credential",
            name="reply_lost_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="grant",
            name="ending_told",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                condition=models.Q(("refresh_at__isnull", False), ("state", "current")),
                fields=["refresh_at"],
                name="credential_refresh_due",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("authorised_until__isnull", False)),
                fields=["authorised_until"],
                name="grant_ending",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
