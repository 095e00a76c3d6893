from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0014_request_id")]

    operations = [
        migrations.AddField("event", "traceparent", models.CharField(max_length=55, null=True)),
    ]
