from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0003_sign_ins_and_links'),
        ('tenants', '0002_people'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='connection_stopped_iff_paused_at',
        ),
        migrations.RemoveConstraint(
            model_name='connection',
            name='connection_attention_names_its_reason',
        ),
        migrations.AlterField(
            model_name='connection',
            name='paused_by',
            field=models.CharField(blank=True, choices=[('auto', 'Reknit'), ('ops', 'Operations'), ('breaker', 'Reknit, while the partner fails'), ('inactive_rule', 'Reknit, after a week without a success')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='connection',
            index=models.Index(condition=models.Q(('paused_at__isnull', False)), fields=['paused_at'], name='connection_stopped'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['active', 'attention', 'paused', 'revoked', 'inactive'])), name='connection_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), _negated=True), models.Q(('pause_reason', ''), ('paused_at__isnull', True), ('paused_by', '')), _connector='OR'), name='connection_active_carries_no_pause'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'inactive'), _negated=True), models.Q(('pause_reason', ''), ('paused_at__isnull', True), ('paused_by', '')), _connector='OR'), name='connection_inactive_carries_no_pause'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'attention'), _negated=True), models.Q(('paused_at__isnull', False), ('paused_by', 'auto'), models.Q(('pause_reason', ''), _negated=True)), _connector='OR'), name='connection_attention_names_its_reason'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'revoked'), _negated=True), models.Q(('pause_reason__in', ['AUTH_REVOKED', 'APP_DEAUTHORIZED']), ('paused_at__isnull', False), ('paused_by', 'auto')), _connector='OR'), name='connection_revoked_names_its_reason'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'paused'), _negated=True), models.Q(('paused_at__isnull', False), ('paused_by__in', ['ops', 'inactive_rule'])), models.Q(('pause_reason', 'CIRCUIT_BREAKER_OPEN'), ('paused_at__isnull', False), ('paused_by', 'breaker')), _connector='OR'), name='connection_paused_by_ops_breaker_or_inactive_rule'),
        ),
    ]
