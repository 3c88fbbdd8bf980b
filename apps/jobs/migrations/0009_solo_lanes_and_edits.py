import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0008_find_what_has_ended'),
        ('tenants', '0002_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='deadletter',
            name='edit',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='lane',
            name='solo',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='job',
            name='tenant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AlterField(
            model_name='lane',
            name='tenant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('tenant__isnull', False), ('connection__isnull', True), _connector='OR'), name='job_without_a_tenant_touches_no_connection'),
        ),
    ]
