"""The one place where the environment is read: every variable, its type, its default, and what it is for.

`load()` returns a checked `Config` or raises `ConfigurationError`, which holds one line for each problem.
The process has two modes (see docs/architecture.md): *embedded* when neither DATABASE_URL nor REDIS_URL is set,
*production* when both are; one alone is an error.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from project.local_secrets import LocalSecrets, SecretsUnavailableError

REQUIRED_IN_PRODUCTION = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "ENCRYPTION_KEYS")
LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"]
REDIS_SCHEMES = {"redis", "rediss", "unix"}
OTEL_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
POSTGRES_SCHEMES = {"postgres", "postgresql"}


class ConfigurationError(Exception):
    """What is wrong with the environment; `problems` holds one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _fernet_key(value: str) -> str:
    try:
        Fernet(value)
    except ValueError as exc:
        raise ValueError("not a valid key; `manage.py generate_env` makes one") from exc
    return value


def _url(value: str) -> SplitResult:
    """The parts of a URL. The library's own error texts quote it, password included: they must not get out."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for one that is no number
    except ValueError:
        raise ValueError("is no valid URL; percent-encode special characters of the password") from None
    return parts


def _network(value: str | IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    return ip_network(value)


_NAME_SERVER = re.compile(r"\[(?P<bracketed>[^]]+)\]:(?P<port6>\d+)|(?P<v4>[\d.]+):(?P<port4>\d+)|(?P<alone>[^[\]]+)")


def _name_server(value: str) -> str:
    match = _NAME_SERVER.fullmatch(value)
    try:
        parts = match.groupdict() if match else {}
        ip_address(parts["bracketed"] or parts["v4"] or parts["alone"])
        if not 1 <= int(parts["port6"] or parts["port4"] or 53) <= 65535:
            raise ValueError
    except (KeyError, ValueError):
        raise ValueError("is no address or address:port of a name server, e.g. 10.0.0.53:5353") from None
    return value


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # of what the package is in
        return False


def _flag(value: Any) -> Any:
    if isinstance(value, str) and value not in ("0", "1"):
        raise ValueError("must be 1 or 0")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
Network = Annotated[Any, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
CommaList = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class Config(BaseSettings):
    """Every environment variable the project reads. Booleans are 1 or 0, lists are comma-separated."""

    # Platforms define variables with an empty value for "not set"; a default must then win.
    model_config = SettingsConfigDict(
        case_sensitive=True, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    DATABASE_URL: str = Field("", description="PostgreSQL, e.g. `postgres://user:password@host/name`")
    REDIS_URL: str = Field(
        "", description="Redis for queue, channel layer, feed log and rate limits, e.g. `redis://host:6379/0`"
    )
    FEED_REDIS_URL: str = Field("", description="another Redis server for the feed log; `REDIS_URL` when empty")
    SECRET_KEY: str = Field("", description="signs sessions and queue messages; `generate_env` makes one")
    ENCRYPTION_KEYS: Annotated[list[Annotated[str, AfterValidator(_fernet_key)]], NoDecode, BeforeValidator(_split)] = (
        Field([], description="encrypt subscription secrets at rest; newest first, older ones still decrypt")
    )
    ALLOWED_HOSTS: CommaList = Field([], description="host names the web process answers to")
    DEBUG: Flag = Field(False, description="Django's debug mode; never in production")
    BIND: str = Field("127.0.0.1", description="address that the web process and `WORKER_METRICS_PORT` listen on")
    PORT: int = Field(8000, ge=0, le=65535, description="port of the web process")
    DATA_DIR: Path = Field(Path("var"), description="folder for everything written to disk")
    DEMO: Flag = Field(True, description="`serve`: demo tenant, receiver and simulated ERP traffic")
    INSECURE_COOKIES: Flag = Field(False, description="allow browser sign-in over plain http")
    METRICS_BACKEND: str = Field(
        "files",
        pattern="^(files|redis)$",
        description="where counts are added up: `files` of this host, or `redis` for workers on several hosts",
    )
    WORKER_METRICS_PORT: int = Field(
        0, ge=0, le=65535, description="a worker serves `/metrics` on this port, too; 0: it does not"
    )
    METRICS_TOKEN: str = Field("", description="when set, `/metrics` requires it as a bearer token")
    LOG_LEVEL: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="threshold of the logs; embedded, attempts are logged with `DEBUG` only",
    )
    DATABASE_POOL_SIZE: int = Field(12, ge=2, le=200, description="PostgreSQL connections of one process at most")
    WEBHOOK_MAX_IN_FLIGHT: int = Field(300, ge=1, le=5000, description="concurrent requests of one worker process")
    WEBHOOK_SUBSCRIPTION_IN_FLIGHT: int = Field(
        32, ge=1, le=1000, description="concurrent requests to one subscription, per worker process"
    )
    WEBHOOK_CIRCUIT_BREAKER: Flag = Field(
        True, description="hold the deliveries of a subscription whose attempts mostly fail, and probe it now and then"
    )
    WEBHOOK_TIMEOUT: float = Field(10, gt=0, le=60, description="seconds one request may take in all")
    WEBHOOK_ALLOW_INSECURE_TARGETS: Flag = Field(
        False, description="allow http, private addresses and any port as targets"
    )
    WEBHOOK_ALLOWED_NETWORKS: Annotated[list[Network], NoDecode, BeforeValidator(_split)] = Field(
        [], description="private networks that are allowed as targets, e.g. `10.1.0.0/16`"
    )
    WEBHOOK_ALLOWED_PORTS: Annotated[list[Port], NoDecode, BeforeValidator(_split)] = Field(
        [443, 8443], min_length=1, description="ports of targets that are allowed"
    )
    WEBHOOK_DNS_SERVERS: Annotated[
        list[Annotated[str, AfterValidator(_name_server)]], NoDecode, BeforeValidator(_split)
    ] = Field([], description="name servers for targets, e.g. `10.0.0.53,10.0.0.54:5353`; empty: the system's")
    WEBHOOK_ROTATION_HOURS: float = Field(
        24, ge=0, le=720, description="hours a secret signs along after it was rotated out"
    )
    WEBHOOK_MAX_SUBSCRIPTIONS: int = Field(100, ge=1, description="subscriptions of one tenant at most")
    WEBHOOK_MAX_PAYLOAD_BYTES: int = Field(262_144, ge=1024, description="a bigger event payload is stored thin")
    WEBHOOK_MAX_RESPONSE_BYTES: int = Field(16_384, ge=0, description="how much of a response body is kept")
    WEBHOOK_DISABLE_AFTER_DAYS: int = Field(
        5, ge=0, le=3650, description="a subscription that has only failed for so many days is disabled; 0: never"
    )
    WEBHOOK_HISTORY_DAYS: int = Field(
        30, ge=1, le=36_500, description="finished deliveries and their events are kept this long"
    )
    METRICS_HISTORY_DAYS: int = Field(
        31, ge=1, le=36_500, description="what the charts show is kept this long, counted by minute"
    )
    PROMETHEUS_URL: str = Field(
        "", description="Prometheus server that staff's charts of the whole system read, e.g. `http://prometheus:9090`"
    )
    PROMETHEUS_TOKEN: str = Field("", description="bearer token for `PROMETHEUS_URL`, if it wants one")
    OTEL_EXPORTER_OTLP_ENDPOINT: str = Field(
        "", description="collector that traces are sent to (OTLP over HTTP), e.g. `http://collector:4318`; empty: none"
    )
    API_RATE_LIMIT: int = Field(600, ge=0, description="API requests a minute for each token; 0 is no limit")
    API_MAX_BODY_BYTES: int = Field(1_048_576, ge=1024, description="request body of one API call at most")
    API_REQUEST_SECONDS: float = Field(
        60, gt=0, le=3600, description="seconds a client may take to send a request; also how long it may idle"
    )
    FEED_LOG_ATTEMPTS: int = Field(10_000, ge=100, description="attempts of one tenant the feed log keeps")
    FEED_LOG_BYTES: int = Field(
        268_435_456, ge=1_048_576, description="bytes the feed log takes over all tenants; the largest give way first"
    )
    FEED_SOCKETS_PER_CALLER: int = Field(
        20, ge=1, description="live feed sockets of one person or token, per web process"
    )
    FEED_SOCKETS_PER_ADDRESS: int = Field(
        1000, ge=1, description="live feed sockets from one address, per web process; a proxy's address is everybody's"
    )
    SHUTDOWN_TIMEOUT: float = Field(20, gt=0, le=300, description="seconds a worker may take to drain after SIGTERM")

    @field_validator("DATABASE_URL")
    @classmethod
    def _postgres(cls, value: str) -> str:
        if value and _url(value).scheme not in POSTGRES_SCHEMES:
            raise ValueError("must begin with postgres:// (without DATABASE_URL and REDIS_URL, SQLite is used)")
        if value and not _url(value).path.strip("/"):
            raise ValueError("names no database; use postgres://user:password@host/name")
        return value

    @field_validator("REDIS_URL", "FEED_REDIS_URL")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and _url(value).scheme not in REDIS_SCHEMES:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("PROMETHEUS_URL")
    @classmethod
    def _prometheus(cls, value: str) -> str:
        parts = _url(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must begin with http:// or https://, followed by a host")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("must hold neither credentials (use PROMETHEUS_TOKEN) nor a query")
        return value.rstrip("/")

    @field_validator("OTEL_EXPORTER_OTLP_ENDPOINT")
    @classmethod
    def _collector(cls, value: str) -> str:
        parts = _url(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must begin with http:// or https://, followed by a host")
        if value and not all(map(_is_installed, OTEL_PACKAGES)):
            raise ValueError("traces need packages that are not installed; run `EXTRAS=otel make install`")
        return value

    @field_validator("PROMETHEUS_TOKEN")
    @classmethod
    def _bearer(cls, value: str) -> str:
        if not re.fullmatch(r"[\x21-\x7e]*", value):
            raise ValueError("must be printable ASCII without spaces")
        return value

    @property
    def embedded(self) -> bool:
        """True when one process runs everything on SQLite; False in production."""
        return not (self.DATABASE_URL or self.REDIS_URL)


def _missing(is_set: Callable[[str], bool]) -> list[str]:
    """A line for each variable that production requires and that is not set; none in the embedded mode."""
    pair = [name for name in ("DATABASE_URL", "REDIS_URL") if not is_set(name)]
    if len(pair) == 2:
        return []
    if pair:  # which mode is meant nobody knows, so nothing else is asked for yet
        return [f"{pair[0]}: DATABASE_URL and REDIS_URL go together; set both, or neither for the embedded mode"]
    hints = {"ALLOWED_HOSTS": "the host names that people and programs use"}
    return [
        f"{name}: required in production; {hints.get(name, '`manage.py generate_env` makes one')}"
        for name in REQUIRED_IN_PRODUCTION
        if not is_set(name)
    ]


def _with_local_secrets(config: Config) -> Config:
    try:
        secrets = LocalSecrets.in_folder(config.DATA_DIR)
    except SecretsUnavailableError as exc:
        raise ConfigurationError([f"DATA_DIR: {exc}"]) from exc
    return config.model_copy(
        update={
            "SECRET_KEY": config.SECRET_KEY or secrets.secret_key,
            "ENCRYPTION_KEYS": config.ENCRYPTION_KEYS or [secrets.encryption_key],
            "ALLOWED_HOSTS": LOOPBACK_NAMES,
        }
    )


def load() -> Config:
    """Read and check the environment. In the embedded mode secrets come from `DATA_DIR` and are made once."""
    try:
        config = Config()  # type: ignore[call-arg]  # every field has its default
    except ValidationError as exc:
        wrong = [_line(dict(error)) for error in exc.errors()]
        raise ConfigurationError(wrong + _missing(lambda name: bool(os.environ.get(name)))) from exc
    if config.embedded and config.METRICS_BACKEND == "redis":
        raise ConfigurationError(["METRICS_BACKEND: redis needs DATABASE_URL and REDIS_URL"])
    if problems := _missing(lambda name: bool(getattr(config, name))):
        raise ConfigurationError(problems)
    config = config.model_copy(update={"DATA_DIR": config.DATA_DIR.absolute()})
    return _with_local_secrets(config) if config.embedded else config


def _line(error: dict[str, Any]) -> str:
    name = error["loc"][0] if error["loc"] else "environment"
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def load_or_exit() -> Config:
    """Like `load`, but a wrong environment ends the process with exit code 2 and one line for each problem."""
    try:
        return load()
    except ConfigurationError as exc:
        exit_with(exc.problems)


def exit_with(problems: list[str], code: int = 2) -> NoReturn:
    """End the process with one line on stderr for each problem, without a traceback."""
    sys.stderr.writelines(f"error: {problem}\n" for problem in problems)
    sys.stderr.flush()
    sys.exit(code)
