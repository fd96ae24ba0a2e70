"""Router, writer, session expiry and edges over the in-memory bus and store: one thread, a virtual clock, a seed.

`python -m tests.simulation --seeds 1000` runs many; `--seed 17` replays one exactly.
"""
