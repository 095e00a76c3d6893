from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0013_heartbeats_and_held_index")]

    operations = [
        migrations.AddField("event", "request_id", models.CharField(max_length=64, null=True)),
    ]
