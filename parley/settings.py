"""Every setting of Parley, where it may be given, and what is refused.

In falling order of weight: flags of the command line, environment variables (`PARLEY_APP_PORT=…`), the file
`parley.toml` in the current directory (`app_port = …`), the defaults below. A secret may be given by the name of a
file that holds it: `PARLEY_MONGO_URL_FILE`, `PARLEY_TOKEN_SECRET_FILE`, …. Names that are no settings are refused.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from domain.limits import Rate
from producer_gateway.api.sniffing import ALL_TYPES
from schemas.topics import Layout

PREFIX = "PARLEY_"
CONFIG_FILE = Path("parley.toml")
SECRETS = ("mongo_url", "token_secret", "vapid_private_key", "smtp_password")
OF_TESTS = f"{PREFIX}TEST_"
"""What begins so steers the test-suite."""
OF_TERMINAL = frozenset((f"{PREFIX}CHAT_CODE", f"{PREFIX}CHAT_PASSWORD"))
"""What `parley chat` reads; the other names that begin so are settings."""

Port = Annotated[int, Field(ge=1, le=65535)]


def _limit(text: str) -> str:
    Rate.parse(text)
    return text


def _network(text: str) -> str:
    ip_network(text)
    return text


Limit = Annotated[str, AfterValidator(_limit)]
NetworkText = Annotated[str, AfterValidator(_network)]


def _local(known: Mapping[str, Any]) -> str:
    """How to reach `host` from this machine."""
    host: str = known["host"]
    return "127.0.0.1" if host == "0.0.0.0" else host


class BadSettingsError(ValueError):
    """A setting is unknown or has a value that cannot be. The text names each, one a line."""


class Settings(BaseSettings):
    """The settings of one process; made by `load_settings`, immutable."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=CONFIG_FILE, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    """The address that every server of ours listens on."""
    app_port: Port = 8080
    """The API and the app."""
    edge_ports: Annotated[tuple[Port, ...], NoDecode, Field(min_length=1)] = (8081, 8082)
    """One edge for each: edge-1, edge-2, …"""
    router_port: Port = 8091
    """Health and metrics of the router; those that follow likewise."""
    writer_port: Port = 8092
    session_expiry_port: Port = 8093
    search_index_port: Port = 8096
    delivery_status_port: Port = 8094
    notifications_port: Port = 8095

    public_url: str = Field(default_factory=lambda known: f"http://{_local(known)}:{known['app_port']}")
    """Where a browser finds the app; without a slash at its end, however it is given."""
    edge_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=lambda known: tuple(f"ws://{_local(known)}:{port}/ws" for port in known["edge_ports"])
    )
    """Where clients open their sockets."""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(default_factory=lambda known: (known["public_url"],))
    """The origins from which browsers may open sockets and call the API."""
    token_secret: SecretStr | None = None
    """Signs access tokens, at least 32 characters. Without it one is made at the first start, in var/secrets."""

    vapid_private_key: SecretStr | None = None
    """Signs Web Push: 32 bytes in base64url. Without it one is made at the first start, in var/secrets."""
    push_contact: Annotated[str, Field(pattern=r"^(mailto:[^@\s]+@|https://)\S+$")] | None = Field(
        default_factory=lambda known: url if (url := known["public_url"]).startswith("https:") else None
    )
    """Where push services can complain, a `mailto:` or `https:` URL; some take no push without it."""
    limit_commands: Limit = "100+20/s"
    """Of one user: messages and every other change. So many at once and so many a second (/min, /h), or `off`."""
    limit_questions: Limit = "100+20/s"
    """Of one user: history and sync on sockets."""
    limit_frames: Limit = "1000+200/s"
    """Of one socket, whatever they are: beyond it, it is closed."""
    limit_connections: Limit = "2000+100/s"
    """Sockets that one address opens."""
    limit_requests: Limit = "200+50/s"
    """HTTP requests of one user to one route."""
    limit_address_requests: Limit = "1000+300/s"
    """HTTP requests of one address."""
    limit_sign_ins: Limit = "30+30/min"
    """Tries of one address to sign in."""
    limit_registrations: Limit = "20+6/min"
    """Accounts that one address makes."""
    limit_chats: Limit = "20+6/min"
    """Ephemeral chats that one address starts."""
    limit_exempt: Annotated[tuple[NetworkText, ...], NoDecode] = ("127.0.0.0/8", "::1")
    """Addresses or networks that are not limited as such, only user by user: this machine's own, unless it is told
    otherwise. Name a proxy on it as trusted, and its clients' addresses count."""
    reject_words: FilePath | None = None
    """A file of words, one a line: what has one of them is refused."""
    mask_words: FilePath | None = None
    """The same, for words that are shown as asterisks."""
    trusted_proxies: Annotated[tuple[NetworkText, ...], NoDecode] = ()
    """Addresses or networks of proxies in front of edges and API: they say where a request came from. Nobody else's
    `X-Forwarded-For` is believed."""

    chat_inactivity_minutes: Annotated[float, Field(ge=1)] = 60
    """The silence after which an ephemeral chat ends, where whoever starts it does not say."""
    chat_unclaimed_hours: Annotated[float, Field(gt=0)] = 24
    """A seat of an ephemeral chat that nobody has entered by then ends it."""
    chat_longest_hours: Annotated[float, Field(gt=0)] = 24 * 7
    """The age at which an ephemeral chat ends, whatever is said in it."""

    notification_texts: bool = False
    """Whether notifications tell the beginnings of messages, not only who wrote."""
    notification_max_age_minutes: Annotated[float, Field(gt=0)] = 60
    """What could not be told by then is dropped."""
    smtp_host: str | None = None
    """The server that digests go out by; without it there is no e-mail."""
    smtp_port: Port = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """The address that digests come from."""
    digest_after_minutes: Annotated[float, Field(ge=0)] = 30
    """From the first message that stays unread to the e-mail about it."""
    digest_every_hours: Annotated[float, Field(gt=0)] = 6
    """Between two e-mails to one user, at least."""

    kafka_port: Port = 19092
    """The broker that `parley up` starts."""
    kafka_controller_port: Port = Field(default_factory=lambda known: known["kafka_port"] + 1)
    kafka_bootstrap: str = Field(default_factory=lambda known: f"127.0.0.1:{known['kafka_port']}")
    """Given: that Kafka is used, and none is started."""
    replication: Annotated[int, Field(ge=1)] = 1
    min_insync_replicas: Annotated[int, Field(ge=1)] = 1
    layout: Layout = Layout.PER_USER
    """How users' commands lie in topics."""

    mongod_port: Port = 27027
    mongo_url: str = Field(
        default_factory=lambda known: f"mongodb://127.0.0.1:{known['mongod_port']}/?replicaSet=rs0", repr=False
    )
    """Given: that MongoDB is used, and none is started."""
    mongo_database: str = "parley"

    media_max_bytes: Annotated[int, Field(ge=1)] = 25 * 1024 * 1024
    """The largest file that may be uploaded."""
    media_max_pixels: Annotated[int, Field(ge=1)] = 40_000_000
    """The largest image, all frames of an animation together: decoding it takes four bytes for each."""
    media_types: Annotated[tuple[str, ...], NoDecode] = ALL_TYPES
    """The types of files that may be uploaded."""

    var: Path = Path("var")
    """Where the local stack keeps data, logs and secrets."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator(
        "edge_ports", "edge_urls", "allowed_origins", "media_types", "limit_exempt", "trusted_proxies", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("token_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("needs at least 32 characters")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def _a_key_on_p256(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\w-]{43}=?", value.get_secret_value(), re.ASCII):
            raise ValueError("needs 32 bytes in base64url")
        return value

    @field_validator("media_types")
    @classmethod
    def _known_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(ALL_TYPES))
        if unknown:
            raise ValueError(f"files of type {unknown[0]} cannot be recognised; {', '.join(ALL_TYPES)} can")
        return value

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Self:
        if self.smtp_host is not None and self.smtp_from is None:
            raise ValueError("smtp_host is given without smtp_from: the address that e-mail comes from")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("smtp_username and smtp_password go together")
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError("smtp_security none would send the password in the clear")
        return self

    @model_validator(mode="after")
    def _acks_can_be_met(self) -> Self:
        if self.min_insync_replicas > self.replication:
            raise ValueError("min_insync_replicas is greater than replication: no write could ever succeed")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def starts_kafka(self) -> bool:
        return "kafka_bootstrap" not in self.model_fields_set

    @property
    def starts_mongod(self) -> bool:
        return "mongo_url" not in self.model_fields_set


def load_settings(**flags: Any) -> Settings:
    """The settings from flags (None: not given), environment and file. Raises BadSettingsError."""
    given = {name: value for name, value in flags.items() if value is not None}
    _refuse_unknown_variables(os.environ)
    secrets = _secrets_from_files(os.environ)
    try:
        return Settings(**secrets | given)
    except ValidationError as invalid:
        # A default made from a setting that is itself bad is no second fault.
        faults = [error for error in invalid.errors() if error["type"] != "default_factory_not_called"]
        raise BadSettingsError("\n".join(_told(fault) for fault in faults)) from None
    except tomllib.TOMLDecodeError as unreadable:
        raise BadSettingsError(f"{CONFIG_FILE}: {unreadable}") from None


def as_environment(settings: Settings) -> dict[str, str]:
    """What gives a child process the same settings, whatever flags its parent was started with.

    Secrets that were given reach the child by the environment it inherits or the file it reads.
    """
    values = {name: value for name, value in settings if name not in SECRETS and value is not None}
    return {f"{PREFIX}{name.upper()}": _as_text(value) for name, value in values.items()}


def _as_text(value: object) -> str:
    return ",".join(str(part) for part in value) if isinstance(value, tuple) else str(value)


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS} | OF_TERMINAL
    names = {name for name in environ if name.startswith(PREFIX) and not name.startswith(OF_TESTS)}
    unknown = sorted(names - known)
    if unknown:
        raise BadSettingsError("\n".join(f"{name}: there is no such setting" for name in unknown))


def _secrets_from_files(environ: Mapping[str, str]) -> dict[str, str]:
    secrets = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        if variable in environ:
            try:
                secrets[name] = Path(environ[variable]).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise BadSettingsError(f"{variable}: {error.filename}: {error.strerror}") from None
    return secrets


def _told(error: ErrorDetails) -> str:
    reason = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return reason
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        reason = "there is no such setting"
    return f"{PREFIX}{name.upper()} ({name}): {reason}"
