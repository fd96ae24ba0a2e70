"""The WebSocket edge: a sans-I/O session for each socket, a node that gives them what they need, a server around it."""
