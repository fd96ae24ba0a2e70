"""The local stack, and what keeps it from starting."""
