"""Delivery status: keeps how far members have come, and tells those whom it concerns."""
