"""The store in one process's memory: deterministic, for fast tests and for simulation."""

from store.memory.checkpoint import Checkpoint, Step
from store.memory.database import MemoryDatabase
from store.memory.store import MemoryStore

__all__ = ["Checkpoint", "MemoryDatabase", "MemoryStore", "Step"]
