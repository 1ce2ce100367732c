"""What results hold that Python has no type for: nodes, edges, paths, durations with months."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any


class Duration:
    """A duration with months, which have no fixed length; one without them is a ``datetime.timedelta``."""

    __slots__ = ("days", "months", "nanoseconds", "seconds")

    def __init__(self, months: int = 0, days: int = 0, seconds: int = 0, nanoseconds: int = 0) -> None:
        self.months, self.days, self.seconds, self.nanoseconds = months, days, seconds, nanoseconds

    def _key(self) -> tuple[int, int, int, int]:
        return (self.months, self.days, self.seconds, self.nanoseconds)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Duration) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return "Duration(months={}, days={}, seconds={}, nanoseconds={})".format(*self._key())

    def __reduce__(self) -> tuple[object, ...]:
        return (Duration, self._key())


class _Element(Mapping[str, Any]):
    """What nodes and edges have in common: a mapping of their properties, in which ``_id`` can be asked for too."""

    __slots__ = ("id", "properties")

    id: str
    properties: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.id if key == "_id" else self.properties[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.properties)

    def __len__(self) -> int:
        return len(self.properties)

    def __hash__(self) -> int:
        return hash(self.id)


class Node(_Element):
    """A node as it was for the statement: ``id``, ``labels``, ``properties``."""

    __slots__ = ("labels",)

    def __init__(self, id: str, labels: list[str], properties: dict[str, Any]) -> None:  # noqa: A002
        self.id, self.labels, self.properties = id, frozenset(labels), properties

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return self.id == other.id and self.labels == other.labels and _same(self.properties, other.properties)

    __hash__ = _Element.__hash__

    def __repr__(self) -> str:
        return f"({self.id}{''.join(':' + label for label in sorted(self.labels))} {_brief(self.properties)})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Node, (self.id, sorted(self.labels), self.properties))


class Edge(_Element):
    """An edge as it was for the statement: ``id``, ``label``, ``src`` and ``dst`` (the ``_id``s of its ends), ``properties``."""

    __slots__ = ("dst", "label", "src")

    def __init__(self, id: str, label: str, src: str, dst: str, properties: dict[str, Any]) -> None:  # noqa: A002
        self.id, self.label, self.src, self.dst, self.properties = id, label, src, dst, properties

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Edge):
            return NotImplemented
        mine, theirs = (self.id, self.label, self.src, self.dst), (other.id, other.label, other.src, other.dst)
        return mine == theirs and _same(self.properties, other.properties)

    __hash__ = _Element.__hash__

    def __repr__(self) -> str:
        return f"({self.src})-[:{self.label} {_brief(self.properties)}]->({self.dst})"

    def __reduce__(self) -> tuple[object, ...]:
        return (Edge, (self.id, self.label, self.src, self.dst, self.properties))


class Path:
    """A path: ``nodes``, one more than its ``edges``."""

    __slots__ = ("edges", "nodes")

    def __init__(self, nodes: list[Node], edges: list[Edge]) -> None:
        self.nodes, self.edges = nodes, edges

    def __len__(self) -> int:
        return len(self.edges)

    def __eq__(self, other: object) -> bool:
        return (self.nodes, self.edges) == (other.nodes, other.edges) if isinstance(other, Path) else NotImplemented

    def __hash__(self) -> int:
        return hash((tuple(node.id for node in self.nodes), tuple(edge.id for edge in self.edges)))

    def __repr__(self) -> str:
        text = f"({self.nodes[0].id})" if self.nodes else ""
        for edge, node in zip(self.edges, self.nodes[1:]):
            forward = edge.dst == node.id
            text += f"{'' if forward else '<'}-[:{edge.label}]-{'>' if forward else ''}({node.id})"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        return (Path, (self.nodes, self.edges))


def _same(mine: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether properties are equal; arrays have no truth value of their own."""
    if mine.keys() != other.keys():
        return False
    for key, value in mine.items():
        equal = value == other[key]
        if not (equal.all() if hasattr(equal, "all") else equal):
            return False
    return True


def _brief(properties: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {brief(value)}" for key, value in properties.items()) + "}"


def brief(value: Any, longest: int = 60) -> str:
    """A value in a few characters, for a table."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        text = value
    elif hasattr(value, "shape"):
        numbers = [f"{number:.4g}" for number in value[:3].tolist()]
        text = "[" + ", ".join(numbers) + (f", … {len(value)}]" if len(value) > 3 else "]")
    elif isinstance(value, float):
        text = repr(value)
    elif isinstance(value, (datetime.date, datetime.time)):
        text = value.isoformat()
    elif isinstance(value, list):
        text = "[" + ", ".join(brief(item, 20) for item in value[:4]) + (f", … {len(value)}]" if len(value) > 4 else "]")
    elif isinstance(value, dict):
        text = _brief(value)
    else:
        text = str(value) if not isinstance(value, (_Element, Path)) else repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"
