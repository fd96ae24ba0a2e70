"""`python -m tests.simulation --seeds 1000 [--first 0]` runs many seeds, `--seed 17` replays one."""

import argparse
import logging
import os
import sys
import time

import structlog

from tests.simulation.running import simulate


def main() -> int:
    """Print what went wrong, seed by seed; the exit code says whether anything did."""
    _fix_hashes()
    arguments = _arguments()
    level = logging.INFO if arguments.verbose else logging.CRITICAL
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    began, failed, done = time.monotonic(), 0, 0
    for seed in _seeds(arguments):
        wrong, fingerprint = simulate(seed)
        if arguments.fingerprint:
            print(f"seed {seed}: fingerprint {fingerprint}", flush=True)
        done += 1
        for line in wrong[: arguments.lines]:
            print(f"seed {seed}: {line}", flush=True)
        failed += bool(wrong)
        if wrong and arguments.stop:
            break
    print(f"{done} seeds in {time.monotonic() - began:.0f} s, {failed} of them wrong", flush=True)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this one")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=300, help="how many, from --first on")
    parser.add_argument("--stop", action="store_true", help="at the first that goes wrong")
    parser.add_argument("--lines", type=int, default=10, help="of each that goes wrong")
    parser.add_argument("--fingerprint", action="store_true", help="say by what a replay can be told to be the same")
    parser.add_argument("--verbose", action="store_true", help="with the processes' logs")
    return parser.parse_args()


def _seeds(arguments: argparse.Namespace) -> range:
    if arguments.seed is not None:
        return range(arguments.seed, arguments.seed + 1)
    return range(arguments.first, arguments.first + arguments.seeds)


def _fix_hashes() -> None:
    """Sets of strings must have the same order in every process, or no seed would mean anything."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
