"""The Python client of Parley."""
