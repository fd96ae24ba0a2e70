"""Where settings come from, what weighs more, and what is refused by name."""

from pathlib import Path

import pytest

from parley.chat.command import CODE, PASSWORD
from parley.settings import BadSettingsError, as_environment, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_flags_weigh_more_than_the_environment_and_that_more_than_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("parley.toml").write_text("app_port = 1\nkafka_port = 1\nmongod_port = 1\n", encoding="utf-8")
    monkeypatch.setenv("PARLEY_KAFKA_PORT", "2")
    monkeypatch.setenv("PARLEY_MONGOD_PORT", "2")
    settings = load_settings(mongod_port=3, host=None)
    assert (settings.app_port, settings.kafka_port, settings.mongod_port) == (1, 2, 3)
    assert settings.host == "127.0.0.1"


def test_what_follows_from_a_setting_follows() -> None:
    settings = load_settings(app_port=1080, edge_ports="1081, 1082", kafka_port=1092, mongod_port=1027)
    assert settings.public_url == "http://127.0.0.1:1080"
    assert settings.allowed_origins == ("http://127.0.0.1:1080",)
    assert settings.edge_urls == ("ws://127.0.0.1:1081/ws", "ws://127.0.0.1:1082/ws")
    assert settings.kafka_bootstrap == "127.0.0.1:1092"
    assert settings.kafka_controller_port == 1093
    assert settings.mongo_url == "mongodb://127.0.0.1:1027/?replicaSet=rs0"


def test_an_address_is_the_same_with_a_slash_at_its_end() -> None:
    settings = load_settings(public_url="https://chat.example/parley//")
    assert settings.public_url == "https://chat.example/parley"
    assert load_settings(public_url="https://chat.example/").allowed_origins == ("https://chat.example",)


def test_what_the_terminal_chat_reads_is_no_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (CODE, PASSWORD):
        monkeypatch.setenv(name, "secret")
    assert load_settings().chat_unclaimed_hours == 24


def test_servers_are_started_unless_they_are_given() -> None:
    assert load_settings().starts_kafka
    assert load_settings().starts_mongod
    assert not load_settings(kafka_bootstrap="kafka:9092").starts_kafka
    assert not load_settings(mongo_url="mongodb://mongo").starts_mongod


def test_a_child_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        app_port=1080,
        edge_ports="1081,1082",
        log_level="debug",
        var="elsewhere",
        mongod_port=1027,
        limit_sign_ins="off",
        trusted_proxies="10.0.0.0/8, ::1",
    )
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings().model_dump() == settings.model_dump()


def test_secrets_are_read_from_files_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("url").write_text("mongodb://user:hidden@mongo\n", encoding="utf-8")
    Path("key").write_text("hidden" * 8, encoding="utf-8")
    monkeypatch.setenv("PARLEY_MONGO_URL_FILE", "url")
    monkeypatch.setenv("PARLEY_TOKEN_SECRET_FILE", "key")
    settings = load_settings()
    assert settings.mongo_url == "mongodb://user:hidden@mongo"
    assert settings.token_secret is not None
    assert settings.token_secret.get_secret_value() == "hidden" * 8
    assert "hidden" not in f"{settings!r} {as_environment(settings)}"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PARLEY_APP_PROT", "1", "PARLEY_APP_PROT: there is no such setting"),
        ("PARLEY_CHAT_UNCLAIMD_HOURS", "1", "PARLEY_CHAT_UNCLAIMD_HOURS: there is no such setting"),
        ("PARLEY_CHAT_CODES", "1", "PARLEY_CHAT_CODES: there is no such setting"),
        ("PARLEY_APP_PORT", "eighty", "PARLEY_APP_PORT (app_port): Input should be a valid integer"),
        ("PARLEY_APP_PORT", "65536", "PARLEY_APP_PORT (app_port): Input should be less than or equal to 65535"),
        ("PARLEY_EDGE_PORTS", "", "PARLEY_EDGE_PORTS (edge_ports): Tuple should have at least 1 item"),
        ("PARLEY_LOG_LEVEL", "loud", "PARLEY_LOG_LEVEL (log_level): Input should be 'debug', 'info'"),
        ("PARLEY_TOKEN_SECRET", "short", "PARLEY_TOKEN_SECRET (token_secret): needs at least 32"),
        ("PARLEY_LIMIT_COMMANDS", "fast", "PARLEY_LIMIT_COMMANDS (limit_commands): should be like 100+20/s"),
        ("PARLEY_TRUSTED_PROXIES", "10.0.0.1, proxy", "PARLEY_TRUSTED_PROXIES (trusted_proxies): 'proxy' does not"),
        ("PARLEY_MIN_INSYNC_REPLICAS", "2", "min_insync_replicas is greater than replication"),
        ("PARLEY_MONGO_URL_FILE", "missing", "PARLEY_MONGO_URL_FILE: missing: No such file or directory"),
    ],
)
def test_what_cannot_be_is_named_in_one_line(name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettingsError) as refused:
        load_settings()
    assert str(refused.value).startswith(told)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["app_prot = 1", "app_port = "])
def test_a_bad_file_is_refused(text: str) -> None:
    Path("parley.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSettingsError, match=r"app_prot\): there is no such setting|^parley.toml: Invalid value"):
        load_settings()


def test_a_push_contact_is_an_address_or_the_installations_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().push_contact is None
    assert load_settings(public_url="https://chat.example").push_contact == "https://chat.example"
    assert load_settings(push_contact="mailto:ops@chat.example").push_contact == "mailto:ops@chat.example"
    monkeypatch.setenv("PARLEY_VAPID_PRIVATE_KEY", "hidden")
    with pytest.raises(BadSettingsError) as refused:
        load_settings(push_contact="ops")
    assert "push_contact" in str(refused.value)
    assert "vapid_private_key" in str(refused.value)
    assert "hidden" not in str(refused.value)
