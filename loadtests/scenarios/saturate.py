"""How much is too much: the rate grows until delivery takes a second, or less comes through than is asked."""

import asyncio

from loadtests.checker import check
from loadtests.clock import now
from loadtests.processes import DRIVER, cpu_between
from loadtests.recording import Recorder, Window
from loadtests.report import Report
from loadtests.stack import Stack
from loadtests.traffic import Talk, gather, history, no_garbage_collection, open_loop, settle

TOO_SLOW_MS = 1000.0
ENOUGH = 0.95
REST_SECONDS = 3.0


async def saturate(stack: Stack, *, users: int, start: float, step: float, seconds: float, limit: float) -> Report:
    """Each rate is held for so many seconds; the next is `step` higher, up to `limit`."""
    report = Report("saturate", {"users": users, "start": start, "step": step, "seconds": seconds})
    crowd = await gather(stack, users)
    talk = Talk(crowd.users)
    stack.processes.refresh()
    held = 0.0
    with no_garbage_collection():
        await open_loop(start, 3.0, talk.say)
        rate = start
        while rate <= limit:
            before = stack.processes.read(now())
            window, late = await _hold(crowd.recorder, talk, rate, seconds)
            after = stack.processes.read(now())
            achieved = sum(latency < TOO_SLOW_MS / 1000 for latency in window.deliveries.samples) / seconds
            delivery = window.deliveries.summary()
            cpu = cpu_between(before, after)
            report.add(
                "rates",
                {"asked per s": rate, "in time per s": achieved}
                | {f"delivery {name} ms": delivery[name] for name in ("p50", "p95", "p99")}
                | {"ack p99 ms": window.acks.summary()["p99"], "driver late ms": late * 1000}
                | {f"{name} %": 100 * used / (after.at - before.at) for name, used in cpu.items() if name == DRIVER},
            )
            stack.say(f"{rate:.0f} per s: {achieved:.0f} in time, p99 {delivery['p99']:.0f} ms")
            if delivery["p99"] >= TOO_SLOW_MS or achieved < ENOUGH * rate:
                break
            held, rate = rate, rate + step
        await settle(crowd.recorder)
    report.add("result", {"held per s": held})
    report.errors = crowd.recorder.errors
    report.verdict = check(await history(stack, crowd))
    return report


async def _hold(recorder: Recorder, talk: Talk, rate: float, seconds: float) -> tuple[Window, float]:
    recorder.window = window = Window()
    late = await open_loop(rate, seconds, talk.say)
    recorder.window = None
    await asyncio.sleep(REST_SECONDS)  # who takes longer than that is too slow anyway
    return window, late
