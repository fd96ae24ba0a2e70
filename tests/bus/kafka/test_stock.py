"""Record batches as brokers keep them: compressed, with holes from compaction, with control batches between."""

from collections.abc import Mapping

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from bus.kafka.stock import CorruptBatchError, Stock, chunks_of
from bus.ports import Partition, Record

ONE, TWO = Partition("one"), Partition("two")


def batch(offsets: range, base: int = 0, compression: int = 0, kept: int | None = None) -> bytes:
    """A batch with these offsets; `kept` alone is left of them by compaction."""
    builder = DefaultRecordBatchBuilder(
        2, compression, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=1 << 20
    )
    for offset in offsets:
        if kept is None or offset == kept:
            builder.append(offset - base, 1_000, key=None, value=str(offset).encode(), headers=[("h", b"1")])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    return bytes(data)


def taken(stock: Stock, limit: int) -> dict[Partition, list[int]]:
    found, _ = stock.take(limit)
    return offsets(found)


def offsets(found: Mapping[Partition, object]) -> dict[Partition, list[int]]:
    return {
        partition: [record.offset for record in records if isinstance(record, Record)]
        for partition, records in found.items()
        if isinstance(records, list)
    }


@pytest.mark.parametrize("compression", [DefaultRecordBatch.CODEC_NONE, DefaultRecordBatch.CODEC_GZIP])
def test_goes_on_within_a_batch(compression: int) -> None:
    stock = Stock()
    stock.put(ONE, 0, chunks_of(batch(range(5), compression=compression) + batch(range(5, 7), base=5)))
    assert [taken(stock, 2)[ONE] for _ in range(3)] == [[0, 1], [2, 3], [4, 5]]
    found, places = stock.take(9)
    assert (offsets(found), places) == ({ONE: [6]}, {ONE: 7})
    assert stock.size == 0
    assert stock.take(9) == ({}, {})


def test_begins_in_the_middle_of_a_batch() -> None:
    stock = Stock()
    stock.put(ONE, 3, chunks_of(batch(range(5))))
    assert taken(stock, 9) == {ONE: [3, 4]}


def test_a_batch_cut_off_at_the_end_is_left_for_the_next_fetch() -> None:
    whole = batch(range(3))
    chunks = chunks_of(whole + batch(range(3, 5), base=3)[:-4])
    assert [chunk.next_offset for chunk in chunks] == [3]


def test_what_compaction_removed_is_passed_over() -> None:
    stock = Stock()
    stock.put(ONE, 0, chunks_of(batch(range(4), base=2, kept=3) + batch(range(9, 10), base=9)))
    found, places = stock.take(9)
    assert (offsets(found), places) == ({ONE: [3, 9]}, {ONE: 10})


def test_partitions_take_turns() -> None:
    stock = Stock()
    stock.put(ONE, 0, chunks_of(batch(range(4))))
    stock.put(TWO, 0, chunks_of(batch(range(2))))
    assert [taken(stock, 3), taken(stock, 3)] == [{ONE: [0, 1, 2]}, {TWO: [0, 1], ONE: [3]}]


def test_dropping_forgets_what_is_there() -> None:
    stock = Stock()
    stock.put(ONE, 0, chunks_of(batch(range(4))))
    stock.put(TWO, 0, chunks_of(batch(range(2))))
    stock.drop(ONE)
    assert taken(stock, 9) == {TWO: [0, 1]}
    assert stock.size == 0


def test_damage_is_noticed() -> None:
    damaged = bytearray(batch(range(3)))
    damaged[-1] ^= 1
    with pytest.raises(CorruptBatchError):
        chunks_of(bytes(damaged))
