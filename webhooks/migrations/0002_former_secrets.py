import tenancy.encrypted
from django.db import migrations


def keep_promises(apps, schema_editor):
    """A secret that was rotated out goes on signing as long as it was promised."""
    for subscription in apps.get_model("webhooks", "Subscription").objects.exclude(previous_secret=""):
        if subscription.previous_valid_until:
            former = [subscription.previous_secret, subscription.previous_valid_until.isoformat()]
            subscription.former_secrets = [former]
            subscription.save(update_fields=["former_secrets"])


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscription',
            name='former_secrets',
            field=tenancy.encrypted.EncryptedListField(default=list),
        ),
        migrations.RunPython(keep_promises, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='subscription',
            name='previous_secret',
        ),
        migrations.RemoveField(
            model_name='subscription',
            name='previous_valid_until',
        ),
    ]
