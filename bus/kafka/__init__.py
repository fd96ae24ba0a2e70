"""The bus on Apache Kafka, by aiokafka and its protocol structs."""

from bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
