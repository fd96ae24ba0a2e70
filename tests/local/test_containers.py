"""The compose file and the Dockerfile fit the code: commands, settings, ports, packages. No container is started."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml

from parley.cli import app
from parley.local.kafka import KafkaNode, _properties
from parley.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "parley"}
OF_ONE_PLACE = ("listener", "log.dirs", "process.roles", "node.id", "controller.quorum")


def port_of(command: list[str]) -> int:
    settings = Settings.model_fields
    if "--port" in command:
        return int(command[command.index("--port") + 1])
    name = "app_port" if command == ["api"] else f"{command[0].replace('-', '_')}_port"
    return cast("int", settings[name].default)


def broker_properties() -> Iterator[tuple[str, str]]:
    for line in _properties(KafkaNode(Path("var"), 19092, 19093), Path("data")).splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#") and not any(part in name for part in OF_ONE_PLACE):
            yield name, value


def test_every_process_of_the_local_stack_is_there() -> None:
    assert set(SERVICES) == {
        "kafka",
        "mongo",
        "session-expiry",
        "writer",
        "search-index",
        "delivery-status",
        "notifications",
        "router",
        "edge-1",
        "edge-2",
        "api",
    }


@pytest.mark.parametrize("name", OURS)
def test_its_command_exists_with_these_flags(name: str) -> None:
    command, *arguments = OURS[name]["command"]
    known = cast("Any", typer.main.get_command(app)).commands
    assert command in known
    known[command].make_context(command, arguments)


@pytest.mark.parametrize("name", OURS)
def test_it_is_given_settings_that_exist_and_hold(name: str) -> None:
    environment = OURS[name]["environment"]
    given = {variable.removeprefix("PARLEY_").lower(): value for variable, value in environment.items()}
    assert set(given) <= set(Settings.model_fields)
    settings = Settings(**given)
    assert not settings.starts_kafka
    assert not settings.starts_mongod


@pytest.mark.parametrize("name", OURS)
def test_its_health_check_asks_the_port_that_it_listens_on(name: str) -> None:
    port = port_of(OURS[name]["command"])
    assert f"'http://127.0.0.1:{port}/readyz'" in OURS[name]["healthcheck"]["test"][-1]
    assert all(published.endswith(f":{port}") for published in OURS[name].get("ports", []))


def test_what_clients_are_told_is_published() -> None:
    published = {port.rpartition(":")[0] for service in OURS.values() for port in service.get("ports", [])}
    environment = OURS["api"]["environment"]
    told = [environment["PARLEY_PUBLIC_URL"], *environment["PARLEY_EDGE_URLS"].split(",")]
    assert published == {re.sub(r"^\w+://|/ws$", "", url) for url in told}


@pytest.mark.parametrize("name", SERVICES)
def test_it_waits_for_what_exists_and_is_checked(name: str) -> None:
    assert "test" in SERVICES[name]["healthcheck"]
    for other in SERVICES[name].get("depends_on", {}):
        assert "healthcheck" in SERVICES[other]


def test_volumes_are_declared() -> None:
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert mounted == set(COMPOSE["volumes"])


def test_the_broker_is_set_up_like_the_local_one() -> None:
    environment = {name: str(value) for name, value in SERVICES["kafka"]["environment"].items()}
    for name, value in broker_properties():
        assert environment[f"KAFKA_{name.replace('.', '_').upper()}"] == value


def test_the_broker_is_of_the_version_of_the_jars() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text(encoding="utf-8")
    assert f"<kafka.version>{SERVICES['kafka']['image'].partition(':')[2]}</kafka.version>" in pom


def test_the_image_holds_every_package_and_nothing_that_is_not_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, flags=re.MULTILINE))
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split() if line[0] == "!"}
    assert copied == packages
    assert let_in == packages | {"requirements.lock", "pyproject.toml", "web"}


def test_the_image_sets_settings_that_exist() -> None:
    for name in re.findall(r"PARLEY_(\w+)=", DOCKERFILE):
        assert name.lower() in Settings.model_fields
