"""The contract: ids, frames, commands, events, topics, errors, metrics. Imports nothing else of ours."""
