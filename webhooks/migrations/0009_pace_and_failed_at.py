import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0008_ordering")]

    operations = [
        migrations.RenameField("pace", "second", "next_at"),
        migrations.RemoveField("pace", "begun"),
        migrations.AddField(
            "circuit",
            "failed_at",
            models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
    ]
