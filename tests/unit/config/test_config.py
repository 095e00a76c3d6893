import json
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from project import config
from project.config import REQUIRED_IN_PRODUCTION, Config, ConfigurationError

KEY, OLD_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
PRODUCTION = {
    "DATABASE_URL": "postgres://user:pa55word@db.example.com/erp",
    "REDIS_URL": "redis://redis.example.com:6379/0",
    "SECRET_KEY": "a-secret-key-nobody-may-see",
    "ALLOWED_HOSTS": "hooks.example.com",
    "ENCRYPTION_KEYS": KEY,
}


def test_nothing_set_is_the_embedded_mode_with_its_defaults(load):
    loaded = load()
    assert loaded.embedded
    assert (loaded.PORT, loaded.DEBUG, loaded.DEMO) == (8000, False, True)
    assert not loaded.WEBHOOK_ALLOW_INSECURE_TARGETS
    assert loaded.ALLOWED_HOSTS == ["127.0.0.1", "localhost", "[::1]"]


def test_embedded_mode_has_the_secrets_of_its_folder(load, tmp_path):
    loaded = load()
    kept = json.loads((tmp_path / "var" / "secrets.json").read_text())
    assert [loaded.SECRET_KEY, *loaded.ENCRYPTION_KEYS] == [kept["secret_key"], kept["encryption_key"]]


def test_embedded_mode_takes_given_secrets_and_only_loopback_names(load):
    loaded = load(SECRET_KEY="given", ENCRYPTION_KEYS=f"{KEY},{OLD_KEY}", ALLOWED_HOSTS="evil.example.com")
    assert (loaded.SECRET_KEY, loaded.ENCRYPTION_KEYS) == ("given", [KEY, OLD_KEY])
    assert "evil.example.com" not in loaded.ALLOWED_HOSTS


def test_both_urls_are_production(load, tmp_path):
    loaded = load(**PRODUCTION)
    assert not loaded.embedded
    assert loaded.ALLOWED_HOSTS == ["hooks.example.com"]
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("present", ["DATABASE_URL", "REDIS_URL"])
def test_one_url_alone_is_refused_naming_the_missing_one(problems, present):
    (line,) = problems(**{present: PRODUCTION[present]})
    (missing,) = {"DATABASE_URL", "REDIS_URL"} - {present}
    assert line.startswith(f"{missing}: ")


def test_what_is_wrong_and_what_is_missing_are_said_together(problems):
    given = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
    assert sorted(line.split(":")[0] for line in problems(**given, PORT="x")) == ["PORT", "SECRET_KEY"]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "ENCRYPTION_KEYS"])
@pytest.mark.parametrize("left", [None, "", " , "])
def test_production_requires_its_variables(problems, missing, left):
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    if left is not None and (left == "" or missing != "SECRET_KEY"):
        given[missing] = left
    assert [line.partition(":")[0] for line in problems(**given)] == [missing]


def test_every_missing_variable_has_its_line(problems):
    lines = problems(DATABASE_URL=PRODUCTION["DATABASE_URL"], REDIS_URL=PRODUCTION["REDIS_URL"])
    assert [line.partition(":")[0] for line in lines] == list(REQUIRED_IN_PRODUCTION[2:])


def test_empty_value_counts_as_not_set(load):
    empty = dict.fromkeys(set(Config.model_fields) - {"DATA_DIR"}, "")
    assert load(**empty).PORT == 8000


def test_empty_data_dir_is_the_default_folder(load, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "var" == load(DATA_DIR="").DATA_DIR


def test_data_dir_is_absolute_whatever_directory_comes_later(load, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Path(tmp_path, "here") == load(DATA_DIR="here").DATA_DIR


def test_booleans_and_lists(load):
    servers = "10.0.0.53,10.0.0.54:5353,2001:db8::1,[2001:db8::1]:5353"
    loaded = load(DEBUG="1", DEMO="0", WEBHOOK_ALLOWED_NETWORKS="10.1.0.0/16, fd00::/8,", WEBHOOK_DNS_SERVERS=servers)
    assert servers.split(",") == loaded.WEBHOOK_DNS_SERVERS
    assert (loaded.DEBUG, loaded.DEMO) == (True, False)
    assert [ip_network("10.1.0.0/16"), ip_network("fd00::/8")] == loaded.WEBHOOK_ALLOWED_NETWORKS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("DEBUG", "perhaps"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_POOL_SIZE", "1"),
        ("WEBHOOK_MAX_IN_FLIGHT", "0"),
        ("WEBHOOK_SUBSCRIPTION_IN_FLIGHT", "0"),
        ("WEBHOOK_TIMEOUT", "0"),
        ("WEBHOOK_TIMEOUT", "61"),
        ("WEBHOOK_TIMEOUT", "nan"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.1.0.1/16"),
        ("WEBHOOK_DNS_SERVERS", "garbage"),
        ("WEBHOOK_DNS_SERVERS", "10.0.0.53:99999"),
        ("WEBHOOK_DNS_SERVERS", "10.0.0.53:"),
        ("WEBHOOK_DNS_SERVERS", "[::1]"),
        ("WEBHOOK_HISTORY_DAYS", "10000000"),
        ("WEBHOOK_DISABLE_AFTER_DAYS", "10000000"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8,office"),
        ("WEBHOOK_MAX_PAYLOAD_BYTES", "10"),
        ("WEBHOOK_HISTORY_DAYS", "0"),
        ("API_MAX_BODY_BYTES", "1e6"),
        ("FEED_LOG_ATTEMPTS", "99"),
        ("FEED_LOG_BYTES", "1000"),
        ("SHUTDOWN_TIMEOUT", "inf"),
        ("ENCRYPTION_KEYS", "short"),
        ("DATABASE_URL", "mysql://user:pa55word@db/erp"),
        ("DATABASE_URL", "postgres://user:pa55word@db"),
        ("DATABASE_URL", "postgres://user:pa55/word@db/erp"),
        ("REDIS_URL", "http://redis.example.com"),
        ("REDIS_URL", "redis://:pa55word@redis:port/0"),
        ("FEED_REDIS_URL", "memcached://redis"),
        ("METRICS_HISTORY_DAYS", "0"),
        ("PROMETHEUS_URL", "prometheus:9090"),
        ("PROMETHEUS_URL", "https:///api"),
        ("PROMETHEUS_URL", "http://prometheus:port"),
        ("PROMETHEUS_URL", "http://prometheus:9090/?x=1"),
        ("PROMETHEUS_TOKEN", "two words"),
    ],
)
def test_bad_value_is_one_line_that_names_the_variable(problems, name, value):
    (line,) = problems(**{**PRODUCTION, name: value})
    assert line.startswith(f"{name}: ")
    assert "\n" not in line


def test_every_bad_value_has_its_line(problems):
    lines = problems(PORT="x", DEBUG="x", WEBHOOK_TIMEOUT="x", ENCRYPTION_KEYS=f"x,{KEY},y")
    assert sorted(line.partition(":")[0] for line in lines) == [
        *["DEBUG", "ENCRYPTION_KEYS", "ENCRYPTION_KEYS"],
        *["PORT", "WEBHOOK_TIMEOUT"],
    ]


SECRET = "pa55word-nobody-may-see"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENCRYPTION_KEYS", SECRET),
        ("DATABASE_URL", f"mysql://user:{SECRET}@db/erp"),
        ("DATABASE_URL", f"postgres://user:{SECRET}/x@db/erp"),
        ("DATABASE_URL", f"postgres://user:{SECRET}\N{ACCOUNT OF}@db/erp"),
        ("DATABASE_URL", f"postgres://[user:{SECRET}@db/erp"),
        ("DATABASE_URL", f"postgres://user:{SECRET}@db"),
        ("REDIS_URL", f"redis://:{SECRET}/@redis/0"),
        ("FEED_REDIS_URL", f"amqp://:{SECRET}@redis/0"),
        ("PROMETHEUS_URL", f"http://user:{SECRET}@prometheus:9090"),
        ("PROMETHEUS_TOKEN", f"{SECRET}\n"),
    ],
)
def test_no_error_shows_a_secret(load, name, value):
    with pytest.raises(ConfigurationError) as caught:
        load(**{**PRODUCTION, name: value})
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.problems}"


def test_bad_environment_ends_the_process_with_one_line_each_and_exit_code_2(problems, capsys):
    problems(PORT="x", DEBUG="x")
    with pytest.raises(SystemExit) as ended:
        config.load_or_exit()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("error: ") for line in lines)


@pytest.mark.parametrize("endpoint", ["collector:4318", "grpc://collector:4317", "http://", "http://[x"])
def test_a_collector_is_an_http_url(problems, endpoint):
    (line,) = problems(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)
    assert line.startswith("OTEL_EXPORTER_OTLP_ENDPOINT: ")


def test_a_collector_is_taken_as_it_is(load):
    assert load(OTEL_EXPORTER_OTLP_ENDPOINT="https://collector:4318/x").OTEL_EXPORTER_OTLP_ENDPOINT[-2:] == "/x"
