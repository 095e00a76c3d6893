"""Django settings. Values that may differ between deployments come from `project.config`, nothing else."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from redis.backoff import NoBackoff
from redis.retry import Retry

from project import config as project_config
from project.counts import CountSerializer
from project.huey_app import make_huey
from project.logs import logging_config

config = project_config.load_or_exit()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = config.DEBUG
SECRET_KEY = config.SECRET_KEY
ENCRYPTION_KEYS = config.ENCRYPTION_KEYS
ALLOWED_HOSTS = config.ALLOWED_HOSTS
EMBEDDED = config.embedded
DATA_DIR = config.DATA_DIR
PORT = config.PORT
DEMO = config.DEMO

INSTALLED_APPS = [
    "project",
    "tenancy",
    "rest",
    "webhooks",
    "erp.numbering",
    "erp.crm",
    "erp.sales",
    "erp.invoicing",
    "erp.reconciliation",
    "monitor",
    "channels",
    "ninja",  # its static files: the API's documentation page loads nothing from elsewhere
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "rest.request_ids.RequestIdMiddleware",
    "rest.request_spans.RequestSpanMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "project.security_headers.SecurityHeadersMiddleware",
    "rest.problems.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "monitor.language.LanguageOfPagesMiddleware",
    "monitor.probes.CommonMiddlewareButForProbes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "monitor.same_person.SamePersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database() -> dict[str, Any]:
    if config.embedded:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": config.DATA_DIR / "db.sqlite3",
            # A file for tests too: several threads write to it.
            "TEST": {"NAME": config.DATA_DIR / "test.sqlite3"},
            "OPTIONS": {
                # A deferred transaction that turns to writing fails at once with "database is locked"; IMMEDIATE waits.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    # The pool tries a connection before it hands it out: after a restart of PostgreSQL none of them works.
    database: dict[str, Any] = dict(dj_database_url.parse(config.DATABASE_URL, conn_max_age=0, conn_health_checks=True))
    # Five times the throughput of a connection per query; see docs/architecture.md.
    options: dict[str, Any] = database.get("OPTIONS", {})
    database["OPTIONS"] = {
        **options,
        "connect_timeout": 5,
        # The peer may vanish without a word: no statement waits longer than this for its acknowledgement.
        "tcp_user_timeout": 15_000,
        # Parameters bound by PostgreSQL, not by Python: a batch of rows costs a third.
        "server_side_binding": True,
        "pool": {"min_size": 1, "max_size": config.DATABASE_POOL_SIZE, "timeout": 10},
    }
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

HUEY = make_huey(config)

CHANNEL_LAYERS: dict[str, Any] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
    if config.embedded
    # The PubSub layer delivered every frame of a burst where the core layer dropped one message in eight.
    else {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [config.REDIS_URL], "prefix": "feed"},
    }
}

_LOCAL_MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}
CACHES: dict[str, Any] = {
    "default": _LOCAL_MEMORY,
    # Seen by all web processes. Nobody waits long for it, and what uses it does without it when it is away.
    "shared": {**_LOCAL_MEMORY, "LOCATION": "shared"}
    if config.embedded
    else {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": config.REDIS_URL,
        "KEY_PREFIX": "api",
        "OPTIONS": {
            "serializer": CountSerializer,
            "socket_connect_timeout": 0.25,
            "socket_timeout": 0.25,
            "retry": Retry(NoBackoff(), 0),
        },
    },
}

REDIS_URL = config.REDIS_URL
FEED_REDIS_URL = config.FEED_REDIS_URL or config.REDIS_URL
FEED_LOG_ATTEMPTS = config.FEED_LOG_ATTEMPTS
FEED_LOG_BYTES = config.FEED_LOG_BYTES
FEED_SOCKETS_PER_CALLER = config.FEED_SOCKETS_PER_CALLER
FEED_SOCKETS_PER_ADDRESS = config.FEED_SOCKETS_PER_ADDRESS

WEBHOOK_MAX_IN_FLIGHT = config.WEBHOOK_MAX_IN_FLIGHT
WEBHOOK_SUBSCRIPTION_IN_FLIGHT = config.WEBHOOK_SUBSCRIPTION_IN_FLIGHT
WEBHOOK_CIRCUIT_BREAKER = config.WEBHOOK_CIRCUIT_BREAKER
WEBHOOK_TIMEOUT = config.WEBHOOK_TIMEOUT
WEBHOOK_ALLOW_INSECURE_TARGETS = config.WEBHOOK_ALLOW_INSECURE_TARGETS
WEBHOOK_ALLOWED_NETWORKS = config.WEBHOOK_ALLOWED_NETWORKS
WEBHOOK_ALLOWED_PORTS = config.WEBHOOK_ALLOWED_PORTS
WEBHOOK_DNS_SERVERS = config.WEBHOOK_DNS_SERVERS
WEBHOOK_ROTATION_HOURS = config.WEBHOOK_ROTATION_HOURS
WEBHOOK_MAX_SUBSCRIPTIONS = config.WEBHOOK_MAX_SUBSCRIPTIONS
WEBHOOK_MAX_PAYLOAD_BYTES = config.WEBHOOK_MAX_PAYLOAD_BYTES
WEBHOOK_MAX_RESPONSE_BYTES = config.WEBHOOK_MAX_RESPONSE_BYTES
WEBHOOK_DISABLE_AFTER_DAYS = config.WEBHOOK_DISABLE_AFTER_DAYS
WEBHOOK_HISTORY_DAYS = config.WEBHOOK_HISTORY_DAYS
API_RATE_LIMIT = config.API_RATE_LIMIT
API_REQUEST_SECONDS = config.API_REQUEST_SECONDS
API_MAX_BODY_BYTES = config.API_MAX_BODY_BYTES
SHUTDOWN_TIMEOUT = config.SHUTDOWN_TIMEOUT
METRICS_TOKEN = config.METRICS_TOKEN
METRICS_BACKEND = config.METRICS_BACKEND
WORKER_METRICS_PORT = config.WORKER_METRICS_PORT
BIND = config.BIND
METRICS_HISTORY_DAYS = config.METRICS_HISTORY_DAYS
PROMETHEUS_URL = config.PROMETHEUS_URL
PROMETHEUS_TOKEN = config.PROMETHEUS_TOKEN
OTEL_EXPORTER_OTLP_ENDPOINT = config.OTEL_EXPORTER_OTLP_ENDPOINT

VERSION = "0.1.0"

# prometheus_client reads this when it is first imported; set later it is silently ignored.
METRICS_DIR = config.DATA_DIR / "metrics"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

APPEND_SLASH = False
SESSION_ENGINE = "project.sessions"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "live"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

_SECURE_COOKIES = not (config.embedded or config.INSECURE_COOKIES)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# Sent over https only. TLS ends at the proxy, which is where http is redirected.
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE_COOKIES else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether the domain's other hosts speak https is not ours to promise
    "security.W008",
    "security.W021",
]
SECURE_REFERRER_POLICY = "same-origin"
# TLS ends at the proxy, which says so in this header.
SECURE_PROXY_SSL_HEADER = None if config.embedded else ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = config.API_MAX_BODY_BYTES

# Of the API, the commands and the logs; of a page it is the last resort, see monitor.language.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SECURE = _SECURE_COOKIES
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = None if config.embedded else config.DATA_DIR / "static"
STORAGES = {
    "staticfiles": {
        # Embedded runs serve the files where they lie; production hashes them in `make release`.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if config.embedded
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}
WHITENOISE_USE_FINDERS = config.embedded

LOGGING = logging_config(config.LOG_LEVEL, as_json=not config.embedded)
LOGGING_CONFIG = "project.logs.configure"
