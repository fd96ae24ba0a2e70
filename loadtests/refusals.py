"""Judges refusals: whoever was refused was refused for something that was so at some time.

Refusals take no rev, so nobody can tell at which point of the order they were decided: a reason that ever was one is
taken for the reason.
"""

from collections.abc import Iterable, Iterator, Mapping

from loadtests.findings import Fault, Finding
from loadtests.history import Sent, StoredConversation
from loadtests.replay import ADMIN, Life


def judge(
    sent: Iterable[Sent], conversations: Iterable[StoredConversation], lives: Mapping[str, Life]
) -> Iterator[Finding]:
    """Of conversations whose members are known from the beginning; elsewhere refusals are part of the run."""
    kept = {each.id: each.refused for each in conversations if each.founders is not None}
    for one in sent:
        refused = kept.get(one.conversation)
        if refused is not None:
            stored = refused.get((one.sender, one.client_id))
            for code in sorted({*one.rejected, *(() if stored is None else (stored,))}):
                if not _holds(code, one, lives[one.conversation]):
                    detail = f"{one.wish.kind} of {one.sender}: {code}"
                    yield Finding(Fault.REFUSED, one.conversation, one.client_id, detail)


def _holds(code: str, one: Sent, life: Life) -> bool:
    match code:
        case "not_a_member":
            return one.sender in life.left
        case "not_found":
            named = one.wish.kind in ("remove", "role") and None in life.stations.get(one.wish.user, {None})
            return one.sender not in life.founders or named
        case "conflict":
            return one.wish.seq in life.deleted or (one.wish.kind == "role" and life.one_admin)
        case "forbidden":
            return _is_forbidden(one, life)
    return False


def _is_forbidden(one: Sent, life: Life) -> bool:
    target = life.final.get(one.wish.seq)
    if target is None:
        return one.wish.kind in _MANAGING and life.stations.get(one.sender) != {ADMIN}
    others = target.sender != one.sender
    unruly = one.wish.kind == "delete" and life.stations.get(one.sender) != {ADMIN}
    return target.event is not None or (others and (one.wish.kind == "edit" or unruly))


_MANAGING = frozenset({"add", "remove", "role"})
