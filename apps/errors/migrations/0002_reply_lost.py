from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("errors", "0001_errors"),
    ]

    operations = [
        migrations.AlterField(
            model_name="override",
            name="code",
            field=models.CharField(
                choices=[
                    ("AUTH_EXPIRED", "AUTH_EXPIRED"),
                    ("AUTH_INVALID", "AUTH_INVALID"),
                    ("AUTH_REVOKED", "AUTH_REVOKED"),
                    ("AUTH_REPLY_LOST", "AUTH_REPLY_LOST"),
                    ("APP_DEAUTHORIZED", "APP_DEAUTHORIZED"),
                    ("ACCOUNT_ACTION_REQUIRED", "ACCOUNT_ACTION_REQUIRED"),
                    ("PERMISSION_INSUFFICIENT", "PERMISSION_INSUFFICIENT"),
                    ("ACCOUNT_NOT_FOUND", "ACCOUNT_NOT_FOUND"),
                    ("APP_SUSPENDED", "APP_SUSPENDED"),
                    ("RATE_LIMIT_429", "RATE_LIMIT_429"),
                    ("QUOTA_EXCEEDED", "QUOTA_EXCEEDED"),
                    ("SPAM_BLOCKED", "SPAM_BLOCKED"),
                    ("PARTNER_5XX", "PARTNER_5XX"),
                    ("PARTNER_UNAVAILABLE", "PARTNER_UNAVAILABLE"),
                    ("PARTNER_TIMEOUT", "PARTNER_TIMEOUT"),
                    ("NETWORK_ERROR", "NETWORK_ERROR"),
                    ("NETWORK_TIMEOUT", "NETWORK_TIMEOUT"),
                    ("SSL_ERROR", "SSL_ERROR"),
                    ("CONTENT_INVALID", "CONTENT_INVALID"),
                    ("CONTENT_POLICY", "CONTENT_POLICY"),
                    ("MEDIA_INVALID", "MEDIA_INVALID"),
                    ("MEDIA_NOT_READY", "MEDIA_NOT_READY"),
                    ("DUPLICATE_CONTENT", "DUPLICATE_CONTENT"),
                    ("RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND"),
                    ("RESOURCE_CONFLICT", "RESOURCE_CONFLICT"),
                    ("INVALID_REQUEST", "INVALID_REQUEST"),
                    ("API_VERSION_DEPRECATED", "API_VERSION_DEPRECATED"),
                    ("CAPABILITY_UNSUPPORTED", "CAPABILITY_UNSUPPORTED"),
                    ("CIRCUIT_BREAKER_OPEN", "CIRCUIT_BREAKER_OPEN"),
                    ("INTERNAL_ERROR", "INTERNAL_ERROR"),
                    ("UNKNOWN", "UNKNOWN"),
                ],
                max_length=40,
            ),
        ),
    ]
