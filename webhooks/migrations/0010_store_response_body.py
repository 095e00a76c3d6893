from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0009_pace_and_failed_at")]

    operations = [
        migrations.AddField("subscription", "store_response_body", models.BooleanField(default=True)),
    ]
