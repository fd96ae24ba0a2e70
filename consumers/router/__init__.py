"""The router: forwards every user's commands, in order, to the conversations they are meant for."""
