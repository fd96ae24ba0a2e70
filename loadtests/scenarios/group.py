"""One large group in which every device acknowledges every message."""

from loadtests.acknowledging import Attention
from loadtests.report import Report
from loadtests.scenarios.pairs import measured
from loadtests.stack import Stack
from loadtests.traffic import gather_group

GATHER_SECONDS = 0.1
"""As the clients do it."""


async def group(stack: Stack, *, members: int, rate: float, seconds: float, warmup: float) -> Report:
    """`seconds` are measured after `warmup` seconds at the same rate."""
    report = Report("group", {"members": members, "rate": rate, "seconds": seconds, "warmup": warmup})
    crowd = await gather_group(stack, members, Attention(gather_seconds=GATHER_SECONDS))
    return await measured(stack, crowd, report, rate=rate, seconds=seconds, warmup=warmup)
