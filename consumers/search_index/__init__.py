"""The search index: the words of messages, kept beside them."""
