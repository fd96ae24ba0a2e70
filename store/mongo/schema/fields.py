"""What collections are described with: types of fields, objects of them, indexes."""

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, IndexModel

from store.mongo.documents import Document

STRING = {"bsonType": "string"}
OPTIONAL_STRING = {"bsonType": ["string", "null"]}
DATE = {"bsonType": "date"}
OPTIONAL_DATE = {"bsonType": ["date", "null"]}
BOOL = {"bsonType": "bool"}
COUNT = {"bsonType": ["int", "long"], "minimum": 0}
BINARY = {"bsonType": "binData"}
STRINGS = {"bsonType": "array", "items": STRING}


def one_of(*values: str | None) -> Document:
    return {"enum": list(values)}


def object_of(required: Document, optional: Document | None = None) -> Document:
    """An object that has all of `required`, and where it has `optional` fields too, of these types."""
    return {"bsonType": "object", "required": list(required), "properties": required | (optional or {})}


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    name: str
    schema: Document
    indexes: tuple[IndexModel, ...] = ()

    @property
    def validator(self) -> Document:
        return {"$jsonSchema": self.schema}


def index(*fields: str, **options: Any) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], **options)
