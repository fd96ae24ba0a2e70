"""Session expiry: ends what has died without saying so: edges, their sessions and topics."""
