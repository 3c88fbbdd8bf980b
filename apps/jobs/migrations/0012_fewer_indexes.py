import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0011_find_control_jobs'),
        ('tenants', '0003_flags'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='tenant',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AlterField(
            model_name='lane',
            name='key',
            field=models.CharField(max_length=80),
        ),
        migrations.AlterField(
            model_name='lane',
            name='tenant',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant'),
        ),
        migrations.AddConstraint(
            model_name='lane',
            constraint=models.UniqueConstraint(fields=('key',), name='lane_once_per_key'),
        ),
    ]
