"""How far members have come only ever grows, and a repeated mark finds what it did the first time."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.receipts import (
    Mark,
    MemberCursor,
    Reader,
    ReceiptRow,
    RowKey,
    covered,
    fold,
    made_by,
    possible_rows,
)
from schemas.receipts import ReceiptKind
from tests.making import ALICE, BOB, NOW, conversation_id

ONE = conversation_id(1)
HERS, HIS = Reader(ONE, ALICE), Reader(ONE, BOB)


def mark(delivered: int = 0, read: int = 0, after_seconds: int = 0, reader: Reader = HERS) -> Mark:
    return Mark(reader, delivered, read, NOW + timedelta(seconds=after_seconds))


def row(kind: ReceiptKind, seq: int, after: int, seconds: int = 0, reader: Reader = HERS) -> ReceiptRow:
    return ReceiptRow(RowKey(reader, kind, seq), after, NOW + timedelta(seconds=seconds))


def test_what_is_read_is_delivered() -> None:
    (step,) = fold([mark(read=4)], {HERS: MemberCursor(2, 1)})
    assert step.cursor == MemberCursor(4, 4)
    assert step.rows == (row(ReceiptKind.DELIVERED, 4, 2), row(ReceiptKind.READ, 4, 1))
    assert covered(step.rows) == (1, 4)


def test_less_than_before_says_nothing() -> None:
    (step,) = fold([mark(delivered=3, read=2)], {HERS: MemberCursor(5, 2)})
    assert step.cursor == MemberCursor(5, 2)
    assert step.rows == ()


def test_marks_of_one_batch_build_on_each_other_and_on_nobody_elses() -> None:
    first, of_bob, second = fold([mark(3), mark(1, reader=HIS), mark(5, after_seconds=1)], {})
    assert first.rows == (row(ReceiptKind.DELIVERED, 3, 0),)
    assert of_bob.cursor == MemberCursor(1, 0)
    assert second.rows == (row(ReceiptKind.DELIVERED, 5, 3, seconds=1),)


def test_a_repeated_mark_knows_its_own_rows_by_their_time() -> None:
    again = mark(read=4)
    assert possible_rows(again) == (RowKey(HERS, ReceiptKind.DELIVERED, 4), RowKey(HERS, ReceiptKind.READ, 4))
    stored = [row(ReceiptKind.DELIVERED, 4, 0, seconds=-9), row(ReceiptKind.READ, 4, 1)]
    assert made_by(again, stored) == (stored[1],)


marks = st.lists(st.builds(mark, st.integers(0, 9), st.integers(0, 9), reader=st.sampled_from((HERS, HIS))))


@given(marks, st.integers(0, 20))
def test_in_whatever_batches_marks_come_they_end_at_the_same(said: list[Mark], cut: int) -> None:
    whole = fold(said, {})
    first = fold(said[:cut], {})
    between = {step.mark.reader: step.cursor for step in first}
    assert [*first, *fold(said[cut:], between)] == [*whole]


@given(marks)
def test_cursors_grow_row_by_row_and_read_never_passes_delivered(said: list[Mark]) -> None:
    for reader in (HERS, HIS):
        steps = [step for step in fold(said, {}) if step.mark.reader == reader]
        for before, after in pairwise(step.cursor for step in steps):
            assert before.delivered <= after.delivered
            assert before.read <= after.read
        assert all(step.cursor.read <= step.cursor.delivered for step in steps)
        for kind in ReceiptKind:
            stretches = [(r.after, r.key.seq) for step in steps for r in step.rows if r.key.kind is kind]
            assert all(below < to for below, to in stretches)
            assert all(before[1] == after[0] for before, after in pairwise(stretches))
