from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0007_egress_routes'),
        ('tenants', '0005_see_as_member'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='connection',
            name='connection_active_carries_no_pause',
        ),
        migrations.RemoveConstraint(
            model_name='connection',
            name='connection_inactive_carries_no_pause',
        ),
        migrations.AddField(
            model_name='connection',
            name='partner_told',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'active'), _negated=True), models.Q(('partner_told', False), ('pause_reason', ''), ('paused_at__isnull', True), ('paused_by', '')), _connector='OR'), name='connection_active_carries_no_pause'),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'inactive'), _negated=True), models.Q(('partner_told', False), ('pause_reason', ''), ('paused_at__isnull', True), ('paused_by', '')), _connector='OR'), name='connection_inactive_carries_no_pause'),
        ),
    ]
