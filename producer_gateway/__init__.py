"""The front door: the WebSocket edge and the HTTP api, and what both share on the way to Kafka."""
