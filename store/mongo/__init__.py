"""The store on MongoDB. Nothing outside this package knows the driver."""

from store.mongo.store import MongoStore, open_store

__all__ = ["MongoStore", "open_store"]
