"""The Python client of Parley: `Client` for a running connection, `Rest` for single requests."""

from parley_client.client import Client
from parley_client.events import SendState, SentMessage
from parley_client.rest import Rest
from parley_client.signing import Seat, parse_link

__all__ = ["Client", "Rest", "Seat", "SendState", "SentMessage", "parse_link"]
