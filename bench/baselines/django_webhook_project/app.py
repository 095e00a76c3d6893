"""Baseline (b): the package django-webhook on Celery and Redis, as its documentation sets it up.

    celery -A app worker                      the worker
    python app.py fill URL N                  migrate, subscribe URL to all of a model's changes, create N rows

It runs with the packages of `requirements.txt`, knows nothing of this project, and keeps its tables in a database of
its own (DATABASE_URL).
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

import django
from celery import Celery
from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="baseline",  # guards nothing
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_webhook", "payments"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.strip("/"),
            "USER": url.username,
            "PASSWORD": url.password,
            "HOST": url.hostname,
            "PORT": url.port,
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    DJANGO_WEBHOOK={"MODELS": ["payments.Payment"], "STORE_EVENTS": True},
)
app = Celery("baseline", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True
app.conf.worker_hijack_root_logger = False
django.setup()
app.autodiscover_tasks(["django_webhook"])


def fill(target: str, count: int) -> None:
    """A webhook for every created payment, and so many payments."""
    from django.core.management import call_command
    from django.db import connection
    from django_webhook.models import Webhook, WebhookSecret, WebhookTopic, populate_topics_from_settings
    from payments.models import Payment

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Payment)
    populate_topics_from_settings()
    webhook = Webhook.objects.create(url=target)
    WebhookSecret.objects.create(webhook=webhook, token="a-secret-of-8")
    webhook.topics.set(WebhookTopic.objects.filter(name="payments.Payment/create"))
    for number in range(count):
        Payment.objects.create(reference=f"bench {number}", note="x" * 600)


if __name__ == "__main__":
    fill(sys.argv[2], int(sys.argv[3]))
