"""Messages between tasks: rows of a DataFrame with bytes in them, cut so that no engine finds them too long.

A message has a target, a kind and a sender; its bytes travel in parts of at most a megabyte. The target's task puts them together and
refuses a part that is missing or there twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

#: Columns of a message, as Spark has them.
MAIL = "to int, kind string, sender long, part int, parts int, data binary"

_SCHEMA = pa.schema(
    [
        ("to", pa.int32()),
        ("kind", pa.string()),
        ("sender", pa.int64()),
        ("part", pa.int32()),
        ("parts", pa.int32()),
        ("data", pa.binary()),
    ]
)

#: Bytes of a part. Flight, which engines send batches by, takes 4 MB at a time.
PART_BYTES = 1 << 20

Message = tuple[int, str, int, bytes]


class Refused(ValueError):
    """A message that is missing, there twice, or not what is due."""


def sent(messages: Iterable[Message]) -> Iterator[pa.RecordBatch]:
    """Messages (target, kind, sender, bytes) as batches, each of about a part's bytes."""
    rows: list[tuple[int, str, int, int, int, bytes]] = []
    size = 0
    for to, kind, sender, data in messages:
        parts = max(1, -(-len(data) // PART_BYTES))
        for part in range(parts):
            piece = data[part * PART_BYTES : (part + 1) * PART_BYTES]
            if rows and size + len(piece) > PART_BYTES:
                yield _batch(rows)
                rows, size = [], 0
            rows.append((to, kind, sender, part, parts, piece))
            size += len(piece)
    if rows:
        yield _batch(rows)


def _batch(rows: list[Any]) -> pa.RecordBatch:
    arrays = [pa.array(column, field.type) for column, field in zip(zip(*rows), _SCHEMA)]
    return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)


class Box:
    """What was sent to one target."""

    def __init__(self, to: int) -> None:
        self.to = to
        self._parts: dict[tuple[str, int], dict[int, bytes]] = {}
        self._counts: dict[tuple[str, int], int] = {}

    def put(self, kind: str, sender: int, part: int, parts: int, data: bytes) -> None:
        """Takes a part of a message."""
        known = self._parts.setdefault((kind, sender), {})
        if part in known:
            raise Refused(f"part {self.to}: the message {kind!r} of {sender} is there twice (piece {part} of {parts})")
        known[part] = data
        if self._counts.setdefault((kind, sender), parts) != parts:
            raise Refused(f"part {self.to}: there are two messages {kind!r} of {sender}")

    def of(self, kind: str) -> list[tuple[int, bytes]]:
        """The messages of a kind, by sender."""
        found = []
        for (its, sender), parts in sorted(self._parts.items()):
            if its != kind:
                continue
            count = self._counts[its, sender]
            if len(parts) != count:
                raise Refused(f"part {self.to}: {count - len(parts)} of {count} pieces of the message {kind!r} of {sender} are missing")
            found.append((sender, b"".join(parts[at] for at in range(count))))
        return found

    def from_each(self, kind: str, senders: int) -> list[bytes]:
        """The messages of a kind of the senders 0, 1, ..; each has to be there."""
        found = self.of(kind)
        there = {sender for sender, _ in found}
        missing = [sender for sender in range(senders) if sender not in there]
        if missing or len(found) != senders:
            what = f"the message {kind!r} of {missing[0]} is missing" if missing else f"there are messages {kind!r} of others"
            raise Refused(f"part {self.to}: {what} ({len(found)} of {senders} are there)")
        return [data for _, data in found]


def received(batches: Iterable[pa.RecordBatch]) -> list[Box]:
    """The boxes of the targets of a partition, in their order."""
    boxes: dict[int, Box] = {}
    for batch in batches:
        columns = [batch.column(field.name).to_pylist() for field in _SCHEMA]
        for to, kind, sender, part, parts, data in zip(*columns):
            boxes.setdefault(to, Box(to)).put(kind, sender, part, parts, data)
    return [boxes[to] for to in sorted(boxes)]
