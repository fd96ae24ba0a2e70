"""When a process counts as dead for one who watches."""

from domain.leases import EXPIRE_SECONDS, LeaseWatch


def _watch(watch: LeaseWatch, start: float, seconds: int, counter: int) -> list[frozenset[str]]:
    return [watch.observe(start + second, {"edge": counter}) for second in range(seconds)]


def test_a_lease_that_stands_still_expires() -> None:
    verdicts = _watch(LeaseWatch(), 0.0, int(EXPIRE_SECONDS) + 1, counter=7)

    assert verdicts[-1] == {"edge"}
    assert not any(verdicts[:-1])


def test_a_lease_that_moves_lives() -> None:
    watch = LeaseWatch()

    assert not any(watch.observe(float(second), {"edge": second // 3}) for second in range(60))


def test_an_outage_of_the_watcher_expires_nobody() -> None:
    watch = LeaseWatch()
    _watch(watch, 0.0, 8, counter=7)

    assert watch.observe(100.0, {"edge": 7}) == frozenset()
    assert _watch(watch, 101.0, int(EXPIRE_SECONDS), counter=7)[-1] == {"edge"}


def test_each_lease_has_its_own_clock() -> None:
    watch = LeaseWatch()
    for second in range(5):
        watch.observe(float(second), {"old": 1})
    for second in range(5, 9):
        watch.observe(float(second), {"old": 1, "new": 1})

    assert watch.observe(9.0, {"old": 1, "new": 1}) == {"old"}
