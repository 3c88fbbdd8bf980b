import datetime
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0005_buckets_by_budget'),
    ]

    operations = [
        migrations.AddField(
            model_name='lane',
            name='head0_at',
            field=models.DateTimeField(db_default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
        ),
        migrations.AddField(
            model_name='lane',
            name='head0_id',
            field=models.UUIDField(db_default=uuid.UUID('00000000-0000-0000-0000-000000000000')),
        ),
        migrations.AddField(
            model_name='lane',
            name='head1_at',
            field=models.DateTimeField(db_default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
        ),
        migrations.AddField(
            model_name='lane',
            name='head1_id',
            field=models.UUIDField(db_default=uuid.UUID('00000000-0000-0000-0000-000000000000')),
        ),
        migrations.AddField(
            model_name='lane',
            name='head2_at',
            field=models.DateTimeField(db_default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
        ),
        migrations.AddField(
            model_name='lane',
            name='head2_id',
            field=models.UUIDField(db_default=uuid.UUID('00000000-0000-0000-0000-000000000000')),
        ),
    ]
