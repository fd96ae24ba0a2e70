"""Files and pictures."""

from store.mongo.schema.fields import COUNT, DATE, STRING, CollectionSpec, index, object_of, one_of

_CONTENT = object_of({"type": STRING, "size": COUNT, "digest": STRING}, {"width": COUNT, "height": COUNT})

_MEDIA = CollectionSpec(
    "media",
    object_of(
        {
            "_id": STRING,
            "uploader": STRING,
            "purpose": one_of("message", "picture"),
            "name": STRING,
            "created_at": DATE,
            "state": one_of("arriving", "ready", "leaving"),
            "due_at": DATE,
            "claims": {"bsonType": "array", "items": object_of({"key": STRING, "at": DATE})},
            "original": _CONTENT,
        },
        {"thumbnail": _CONTENT},
    ),
    (index("due_at"),),
)

# GridFS, as its specification lays it out; its indexes are those that a driver would make.
_MEDIA_FILES = CollectionSpec(
    "media.files",
    object_of({"_id": STRING, "filename": STRING, "length": COUNT, "chunkSize": COUNT, "uploadDate": DATE}),
    (index("filename", "uploadDate"),),
)

_MEDIA_CHUNKS = CollectionSpec(
    "media.chunks",
    object_of({"_id": {"bsonType": "objectId"}, "files_id": STRING, "n": COUNT, "data": {"bsonType": "binData"}}),
    (index("files_id", "n", unique=True),),
)

MEDIA = (_MEDIA, _MEDIA_FILES, _MEDIA_CHUNKS)
