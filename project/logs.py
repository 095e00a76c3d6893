"""Logs by structlog: one JSON object a line in production, readable lines in the embedded mode, on stderr."""

from __future__ import annotations

import json
import logging.config
import re
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog


def _without_request(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Django hands its request to the log, and the text of that holds the query: the sign-in link's token is there.

    Of the request only its id is kept: Django's line about an answer comes when the last middleware has ended.
    """
    request_id = getattr(event.pop("request", None), "request_id", None)
    return {**event, "request_id": request_id} if request_id else event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    _without_request,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


# What a secret looks like: the last resort, for what an error of a library quotes. Nothing of ours is logged with one.
_SECRET = re.compile(
    r"(whsec_|gq_)[\w+/=-]{6,}"  # a subscription's secret, a token
    r"|(://[^\s:/@]*:)[^\s@/]+(?=@)"  # the password in a URL
    r"|(\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"
    r"|(\b(?:sessionid|csrftoken|token|password|secret)=)[^\s&;\"',]{6,}",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """The text with everything that looks like a secret masked."""
    return _SECRET.sub(lambda match: next(filter(None, match.groups()), "") + "[redacted]", text)


class LinesFormatter(structlog.stdlib.ProcessorFormatter):
    """structlog's formatter, which also renders a record with several `lines`, a list of event dicts, at once."""

    def format(self, record: logging.LogRecord) -> str:
        lines = getattr(record, "lines", None)
        if lines is None:
            return without_secrets(super().format(record))
        common = {
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        render = self.processors[-1]
        return "\n".join(str(render(None, "info", {**line, **common})) for line in lines)


def _json(event: structlog.typing.EventDict, **options: Any) -> str:
    try:
        # A dataclass as its repr, which leaves secrets out, and not field by field.
        return orjson.dumps(event, default=options["default"], option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except TypeError:  # a lone surrogate, an integer of 20 digits: what the standard library writes all the same
        return json.dumps(event, **options)


def logging_config(level: str, *, as_json: bool) -> dict[str, Any]:
    """The `dictConfig` for standard-library loggers, all rendered by structlog."""
    if as_json:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]
    else:
        # Not the default formatter: it prints local variables, and those may hold secrets.
        renderer = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    # A console should not lose the sign-in link out of sight: there, the page shows the attempts.
    quiet = {} if as_json or level == "DEBUG" else {"webhooks.attempts": {"level": "WARNING"}}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": LinesFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Per-request and per-task chatter: the attempt log and the metrics say it better.
            "daphne": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            # A wrong Host header is answered with 400; anybody can send one.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.channels": {"level": "WARNING"},
            "huey": {"level": "WARNING"},
            # The workers say that the queue is away, once; it says so every second.
            "huey.consumer.Scheduler": {"level": "CRITICAL"},
            "asyncio": {"level": "WARNING"},
            # Each request, with its query.
            "httpx": {"level": "WARNING"},
            # Each retry of a collector that is away; that spans were given up is an error.
            "opentelemetry": {"level": "ERROR"},
            **quiet,
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Called by Django with `LOGGING`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(config)
