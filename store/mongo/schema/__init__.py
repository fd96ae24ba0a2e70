"""The collections: the types their documents must have, and their indexes. Changed by migrations only."""

from store.mongo.schema.conversations import CONVERSATIONS
from store.mongo.schema.media import MEDIA
from store.mongo.schema.notifying import NOTIFYING
from store.mongo.schema.people import PEOPLE
from store.mongo.schema.processes import PROCESSES
from store.mongo.schema.reading import READING

COLLECTIONS = (
    *PEOPLE,
    *NOTIFYING,
    *CONVERSATIONS,
    *READING,
    *MEDIA,
    *PROCESSES,
)
