"""The Kafka and the mongod that the fixtures give out are real, and usable at once."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient


async def test_the_broker_makes_topics_when_asked_and_only_then(kafka_bootstrap: str, unique: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.describe_topics([f"{unique}missing"])
        assert f"{unique}missing" not in await admin.list_topics()
        await admin.create_topics([NewTopic(f"{unique}asked", 1, 1)])
        assert f"{unique}asked" in await admin.list_topics()
    finally:
        await admin.close()


def test_mongod_runs_transactions(mongo_url: str, database_name: str) -> None:
    with MongoClient[dict[str, Any]](mongo_url, timeoutMS=10_000) as client, client.start_session() as session:
        with session.start_transaction():
            client[database_name].things.insert_one({"_id": "first"}, session=session)
            session.abort_transaction()
        assert client[database_name].things.find_one() is None
