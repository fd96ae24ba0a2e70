"""The writer: decides every command of a conversation in order, stores what follows, then tells everyone."""
