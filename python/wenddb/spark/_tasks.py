"""What runs on executors: batches of messages in, batches out. The work itself is Rust in the wheel; no database is opened here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .. import _wenddb
from ._mail import Box, Message, Refused, received, sent

#: Columns of vectors, as Spark has them.
VECTORS = "_number long, embedding array<float>"

_VECTORS = pa.schema([("_number", pa.int64()), ("embedding", pa.list_(pa.float32()))])

#: Bytes of vectors in a batch, below what engines take at a time.
_BATCH_BYTES = 1 << 20


@dataclass(frozen=True)
class Shape:
    """What tasks know of the graph: where blocks begin among the places, and the extremes of its weights."""

    nodes: int
    arcs: int
    bounds: tuple[int, ...]
    weighted: bool
    extremes: tuple[float, float] | None

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self.bounds) - 1

    def ranges(self, count: int, of: int) -> list[tuple[int, int]]:
        """0..of in so many ranges of about one length."""
        return [(of * at // count, of * (at + 1) // count) for at in range(count)]


@dataclass(frozen=True)
class Work:
    """An algorithm with its parameters."""

    algorithm: str
    parameters: dict[str, Any]

    def parts(self) -> Any:
        """What computes it."""
        return _wenddb.Parts(self.algorithm, self.parameters)


def _ipc(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def packed(batches: Iterable[pa.RecordBatch], shape: Shape, whole: bool) -> Iterator[pa.RecordBatch]:
    """Rows of arcs as messages to their block, or of a whole graph to 0. The sender is the place of the first row."""

    def messages() -> Iterator[Message]:
        for batch in batches:
            if batch.num_rows == 0:
                continue
            places = batch.column("place").to_numpy()
            blocks = np.zeros(len(places), int) if whole else np.searchsorted(shape.bounds, places, side="right") - 1
            # A run is of one block, and rows follow each other.
            cuts = np.flatnonzero((np.diff(blocks) != 0) | (np.diff(places) != 1)) + 1
            for first, end in zip([0, *cuts], [*cuts, len(places)]):
                yield int(blocks[first]), "graph", int(places[first]), _ipc(batch.slice(first, end - first))

    return sent(messages())


def _flat(column: pa.ChunkedArray) -> tuple[Any, Any]:
    """The lengths of lists, and their values one after the other."""
    chunks = column.chunks
    lengths = [np.diff(chunk.offsets.to_numpy()) for chunk in chunks]
    return np.concatenate(lengths), np.concatenate([chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks])


def _arrays(box: Box, shape: Shape) -> dict[str, Any]:
    """The rows of arcs of a box, in the order of places."""
    pieces = [pa.ipc.open_stream(data).read_all() for _, data in box.of("graph")]
    if not pieces:
        nothing = np.zeros(0, np.uint32)
        arrays = {"numbers": nothing, "places": nothing, "degrees": nothing, "neighbors": nothing, "ends": nothing}
        return {**arrays, "weights": np.zeros(0) if shape.weighted else None}
    rows = pa.concat_tables(pieces)
    degrees, neighbors = _flat(rows.column("neighbors"))
    ends = _flat(rows.column("places"))[1] if "places" in rows.column_names else neighbors[:0]
    small = lambda column: np.ascontiguousarray(column, np.uint32)  # noqa: E731
    return {
        "numbers": small(rows.column("number").to_numpy()),
        "places": small(rows.column("place").to_numpy()),
        "degrees": small(degrees),
        "neighbors": small(neighbors),
        "ends": small(ends),
        "weights": np.ascontiguousarray(_flat(rows.column("weights"))[1], np.float64) if shape.weighted else None,
    }


def _whole(box: Box, shape: Shape) -> Any:
    arrays = _arrays(box, shape)
    if len(arrays["numbers"]) != shape.nodes or len(arrays["neighbors"]) != shape.arcs:
        counts = f"{len(arrays['numbers'])} nodes and {len(arrays['neighbors'])} arcs"
        raise Refused(f"part {box.to}: {counts} came, and the graph has {shape.nodes} and {shape.arcs}")
    return _wenddb.PartsGraph(arrays["numbers"], arrays["degrees"], arrays["neighbors"], arrays["weights"])


def _block(box: Box, shape: Shape) -> Any:
    arrays, block = _arrays(box, shape), box.to
    first, end = shape.bounds[block], shape.bounds[block + 1]
    if not np.array_equal(arrays["places"], np.arange(first, end, dtype=np.uint32)):
        there = len(np.unique(arrays["places"]))
        raise Refused(f"block {block}: {len(arrays['places'])} rows of {there} nodes came, and it has {end - first}")
    rows = (arrays["numbers"], arrays["degrees"], arrays["neighbors"], arrays["ends"], arrays["weights"])
    bounds = np.array(shape.bounds, np.uint32)
    return _wenddb.PartsBlock(block, bounds, *rows, shape.extremes), arrays


def columns(
    batches: Iterable[pa.RecordBatch], work: Work, shape: Shape, groups: list[tuple[int, int]], finishers: int
) -> Iterator[pa.RecordBatch]:
    """Computes a group of columns for each graph that came, and sends ranges of rows to those who finish them."""

    def messages() -> Iterator[Message]:
        parts = work.parts()
        for box in received(batches):
            first, end = groups[box.to]
            layers = parts.columns(_whole(box, shape), first, end)
            for to, (low, high) in enumerate(shape.ranges(finishers, shape.nodes)):
                rows = [layer[low * (end - first) : high * (end - first)] for layer in layers]
                yield to, "columns", box.to, b"".join(layer.tobytes() for layer in rows)

    return sent(messages())


def finished_columns(
    batches: Iterable[pa.RecordBatch], work: Work, shape: Shape, groups: list[tuple[int, int]], finishers: int
) -> Iterator[pa.RecordBatch]:
    """The vectors of ranges of rows, from all their columns."""
    parts = work.parts()
    for box in received(batches):
        low, high = shape.ranges(finishers, shape.nodes)[box.to]
        rows, width = high - low, parts.dimensions
        layers = np.empty((parts.layers, rows, width), np.float32)
        for (first, end), data in zip(groups, box.from_each("columns", len(groups))):
            if len(data) != 4 * parts.layers * rows * (end - first):
                raise Refused(f"part {box.to}: {len(data)} bytes of columns {first} to {end - 1} of {rows} rows")
            layers[:, :, first:end] = np.frombuffer(data, np.float32).reshape(parts.layers, rows, end - first)
        vectors = parts.finish(rows, [np.ascontiguousarray(layer).reshape(-1) for layer in layers])
        yield from _vectors(np.arange(low, high), vectors.reshape(rows, width))


def starts(
    batches: Iterable[pa.RecordBatch], work: Work, shape: Shape, groups: list[tuple[int, int]], finishers: int
) -> Iterator[pa.RecordBatch]:
    """Makes the walks of some nodes for each graph that came, and sends the sums of ranges of rows to those who add them."""

    def messages() -> Iterator[Message]:
        parts = work.parts()
        for box in received(batches):
            sums = parts.starts(_whole(box, shape), *groups[box.to]).reshape(shape.nodes, parts.dimensions)
            for to, (low, high) in enumerate(shape.ranges(finishers, shape.nodes)):
                yield to, "sums", box.to, _integers(sums[low:high])

    return sent(messages())


def _integers(sums: Any) -> bytes:
    """Integers in as few bytes as hold all of them; the first byte says how many."""
    largest = int(np.abs(sums).max(initial=0))
    kind = np.int16 if largest < 1 << 15 else np.int32 if largest < 1 << 31 else np.int64
    return bytes([np.dtype(kind).itemsize]) + sums.astype(kind).tobytes()


def finished_sums(
    batches: Iterable[pa.RecordBatch], work: Work, shape: Shape, groups: list[tuple[int, int]], finishers: int
) -> Iterator[pa.RecordBatch]:
    """The vectors of ranges of rows, from the sums of all walks."""
    parts = work.parts()
    for box in received(batches):
        low, high = shape.ranges(finishers, shape.nodes)[box.to]
        sums = np.zeros((high - low) * parts.dimensions, np.int64)
        for sender, data in enumerate(box.from_each("sums", len(groups))):
            width = data[0] if data else 0
            if width not in (2, 4, 8) or len(data) != 1 + width * len(sums):
                raise Refused(f"part {box.to}: {len(data)} bytes of sums of {high - low} rows from {sender}")
            sums += np.frombuffer(data, f"i{width}", offset=1)
        yield from _vectors(np.arange(low, high), parts.finish_sums(sums).reshape(high - low, parts.dimensions))


def begun(batches: Iterable[pa.RecordBatch], work: Work, shape: Shape) -> Iterator[pa.RecordBatch]:
    """The first turn of each block: its state to itself, rows to others."""

    def messages() -> Iterator[Message]:
        parts = work.parts()
        for box in received(batches):
            block, _ = _block(box, shape)
            yield from _turn(box.to, parts.begin(block))

    return sent(messages())


def turned(batches: Iterable[pa.RecordBatch], work: Work, shape: Shape) -> Iterator[pa.RecordBatch]:
    """The turn of each block after an exchange."""

    def messages() -> Iterator[Message]:
        parts = work.parts()
        for box in received(batches):
            block, _ = _block(box, shape)
            yield from _turn(box.to, parts.turn(block, _state(box), box.of("rows")))

    return sent(messages())


def _turn(block: int, turn: tuple[bytes, list[tuple[int, bytes]]]) -> Iterator[Message]:
    state, messages = turn
    yield block, "state", block, state
    for to, data in messages:
        yield to, "rows", block, data


def _state(box: Box) -> bytes:
    states = box.of("state")
    if [sender for sender, _ in states] != [box.to]:
        raise Refused(f"block {box.to}: states of {[sender for sender, _ in states]} came, and its own is due")
    return states[0][1]


def finished_blocks(batches: Iterable[pa.RecordBatch], work: Work, shape: Shape) -> Iterator[pa.RecordBatch]:
    """The vectors of blocks, after their last turn."""
    parts = work.parts()
    for box in received(batches):
        block, arrays = _block(box, shape)
        vectors = parts.vectors(block, _state(box)).reshape(-1, parts.dimensions)
        yield from _vectors(arrays["numbers"], vectors)


def _vectors(numbers: Any, vectors: Any) -> Iterator[pa.RecordBatch]:
    rows = max(1, _BATCH_BYTES // max(1, vectors.shape[1] * 4))
    for first in range(0, len(numbers), rows):
        some = vectors[first : first + rows]
        offsets = pa.array(np.arange(len(some) + 1, dtype=np.int32) * vectors.shape[1])
        lists = pa.ListArray.from_arrays(offsets, pa.array(some.reshape(-1)))
        chosen = pa.array(np.asarray(numbers[first : first + rows], np.int64))
        yield pa.RecordBatch.from_arrays([chosen, lists], schema=_VECTORS)


def checked(batches: Iterable[pa.RecordBatch], skips_isolated: bool) -> Iterator[pa.RecordBatch]:
    """Rows of number, id, degree and vector as they are; one without a vector is an error. Of nodes that no walk leaves none are left
    where they get no row."""
    for batch in batches:
        vectors = batch.column("embedding")
        if vectors.null_count:
            at = int(np.flatnonzero(vectors.is_null().to_numpy(zero_copy_only=False))[0])
            raise Refused(f"{vectors.null_count} nodes have no vector, such as {batch.column('_id')[at].as_py()!r}")
        if skips_isolated and batch.num_rows:
            widths = len(vectors[0])
            matrix = vectors.flatten().to_numpy(zero_copy_only=False).reshape(batch.num_rows, widths)
            batch = batch.filter(pa.array((matrix != 0).any(axis=1)))
        yield batch
