"""Looking into a running platform, for operators: it changes nothing, but for dead letters that are put back."""

from parley.inspect.commands import app

__all__ = ["app"]
