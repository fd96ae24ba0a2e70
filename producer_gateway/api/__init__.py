"""The HTTP interface: accounts, sign-in, conversations, and messages that take the same way as socket frames."""
