"""The ordered consumers behind the front door: router, writer, session expiry."""
