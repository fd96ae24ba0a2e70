"""Kafka's part in one process's memory: deterministic, for fast tests and for simulation."""

from bus.memory.bus import MemoryBus
from bus.memory.checkpoint import Checkpoint, Step
from bus.memory.cluster import MemoryCluster

__all__ = ["Checkpoint", "MemoryBus", "MemoryCluster", "Step"]
