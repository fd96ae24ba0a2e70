"""One process's access to Kafka."""

import random

from bus.kafka.admin import Durability, KafkaAdmin
from bus.kafka.engine import Engine
from bus.kafka.leaders import Leaders
from bus.kafka.link import Link
from bus.kafka.membership import KafkaMembership
from bus.kafka.producer import KafkaProducer, ProducerConfig
from bus.kafka.reader import KafkaReader
from bus.membership import MembershipTimes
from bus.ports import Pace

REQUEST_SECONDS = 5.0


class KafkaBus:
    """Obeys `bus.ports.Bus`. Connects at first use; `close` ends everything it gave out."""

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str = "parley",
        replication_factor: int = 1,
        min_insync_replicas: int = 1,
        chance: random.Random | None = None,
        producer: ProducerConfig = ProducerConfig(),  # noqa: B008 - frozen
        times: MembershipTimes = MembershipTimes(),  # noqa: B008 - frozen
    ) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._durability = Durability(replication_factor, min_insync_replicas)
        self._chance = chance or random.Random()
        self._link = Link(bootstrap, client_id, self._chance, REQUEST_SECONDS)
        self._patient = Link(bootstrap, client_id, self._chance, times.rebalance + REQUEST_SECONDS)
        self._times = times
        self._producer_config = producer
        self._producers: list[KafkaProducer] = []
        self._readers: list[KafkaReader] = []

    def producer(self) -> KafkaProducer:
        producer = KafkaProducer(self._new_engine, Leaders(self._link), self._chance, self._producer_config)
        self._producers.append(producer)
        return producer

    def _new_engine(self, leaders: Leaders) -> Engine:
        seconds = self._producer_config.request_seconds
        return Engine(self._bootstrap, self._client_id, leaders, self._chance, seconds)

    def reader(self, pace: Pace = Pace.EAGER) -> KafkaReader:
        reader = KafkaReader(self._link, self._chance, pace)
        self._readers.append(reader)
        return reader

    def admin(self) -> KafkaAdmin:
        return KafkaAdmin(self._link, self._durability, self._chance)

    def membership(self, group: str, topic: str, member: str) -> KafkaMembership:
        return KafkaMembership(self._link, self._patient, self._chance, self._times, group, topic, member)

    async def close(self) -> None:
        for reader in self._readers:
            await reader.close()
        for producer in self._producers:
            await producer.close()
        await self._link.close()
        await self._patient.close()
