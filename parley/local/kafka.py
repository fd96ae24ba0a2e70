"""A single Kafka broker (KRaft, broker and controller in one) from the jars in .tools/kafka."""

import asyncio
import logging
import os
import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from parley.local.children import Program
from parley.local.errors import CannotStartError
from parley.local.readiness import likely_reason

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / ".tools" / "kafka"
LOGGING = ROOT / "deploy" / "kafka" / "log4j2.xml"
OLDEST_JAVA = 17
TOOL_SECONDS = 60.0
ANSWER_SECONDS = 3.0

logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # a broker that is not there yet is no news here


@dataclass(frozen=True, slots=True)
class KafkaNode:
    """One broker: where its data is, where it listens, and how much heap it gets."""

    directory: Path
    port: int
    controller_port: int
    heap: tuple[str, str] = ("1g", "2g")
    """-Xms and -Xmx: 5,000 topics need 1 GB at least."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def configuration(self) -> Path:
        return self.directory / "server.properties"


async def prepare(node: KafkaNode, log: Path) -> Program:
    """Write the broker's configuration, format its storage when it is new, and say how to run it.

    Raises CannotStartError when Java or the jars are missing or the storage cannot be formatted.
    """
    java = find_java()
    if not any(JARS.glob("kafka_*.jar")):
        raise CannotStartError(f"Kafka's jars are not in {JARS}: run `make setup`")
    if not node.data.exists():
        await _format(java, node)
    node.configuration.write_text(_properties(node, node.data), encoding="utf-8")
    return Program(
        name="kafka",
        command=(*_jvm(java, node), "kafka.Kafka", str(node.configuration)),
        log=log,
        ready=lambda: _answers(node.address),
        grace=30.0,
    )


def find_java() -> str:
    """The java program, from JAVA_HOME or PATH. Raises CannotStartError when there is none of at least version 17."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None:
        raise CannotStartError(f"Java is missing: install Java {OLDEST_JAVA} or newer (openjdk-17-jre-headless)")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=TOOL_SECONDS, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise CannotStartError(f"{java} is too old: install Java {OLDEST_JAVA} or newer (openjdk-17-jre-headless)")
    return java


async def _format(java: str, node: KafkaNode) -> None:
    """Format the storage aside and then give it its name: what an interrupted attempt left is made anew."""
    draft = node.directory / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    configuration = node.directory / "format.properties"
    configuration.write_text(_properties(node, draft), encoding="utf-8")
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = (java, "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp", f"{JARS}/*", "kafka.tools.StorageTool")
    await _run_tool(*tool, "format", "--standalone", "--cluster-id", cluster, "--config", str(configuration))
    draft.rename(node.data)


async def _run_tool(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TOOL_SECONDS)
    except TimeoutError:
        raise CannotStartError(f"Kafka's storage was not formatted within {TOOL_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        said = output.decode(errors="replace")
        raise CannotStartError(f"Kafka's storage cannot be formatted: {likely_reason(said)}")


def _jvm(java: str, node: KafkaNode) -> tuple[str, ...]:
    least, most = node.heap
    return (
        *(java, f"-Xms{least}", f"-Xmx{most}", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"),
        # The optimizing compiler takes a quarter of a core in the first minutes of load; what it gains is little here.
        "-XX:TieredStopAtLevel=1",
        *("-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Djava.awt.headless=true"),
        *(f"-Dlog4j2.configurationFile={LOGGING}", "-cp", f"{JARS}/*"),
    )


def _properties(node: KafkaNode, data: Path) -> str:
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{node.controller_port}
listeners=PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data.resolve()}

# A topic that was destroyed must not come back because somebody still asks for it.
auto.create.topics.enable=false
offsets.retention.minutes={30 * 24 * 60}
group.initial.rebalance.delay.ms=0

# One broker holds everything.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Thousands of small topics: small indexes, and segments that these can still index.
log.segment.bytes={128 * 2**20}
log.index.size.max.bytes={256 * 2**10}
log.cleaner.dedupe.buffer.size={16 * 2**20}
num.recovery.threads.per.data.dir=4
max.incremental.fetch.session.cache.slots=4000

# A small machine.
num.network.threads=2
num.io.threads=4
broker.heartbeat.interval.ms=500
"""


async def _answers(address: str) -> bool:
    """Whether the broker serves requests and is a member of its own cluster."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=int(ANSWER_SECONDS * 1000))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
