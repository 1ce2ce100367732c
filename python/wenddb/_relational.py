"""Import of relational databases: files, servers, folders, and tables in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Union

from . import _wenddb
from ._progress import shower

#: A column, or several.
Columns = Union[str, Sequence[str]]
#: What foreign keys of tables refer to: ``{"orders": {"customer_id": "customers"}}``.
ForeignKeys = Mapping[str, Mapping[Any, Any]]


class PlannedTable(NamedTuple):
    """A table whose rows are nodes."""

    table: str
    #: The label of its rows.
    label: str
    #: The columns of its key; without any, rows are numbered.
    key: list[str]
    #: Columns that are properties, and the names of these.
    properties: dict[str, str]
    #: The property that says when a row came to be.
    time: str | None
    rows: int
    #: Whether the key was found rather than declared.
    found: bool


class PlannedEnd(NamedTuple):
    """The columns of an end of an edge, and what they refer to."""

    columns: list[str]
    table: str
    referenced: list[str]


class PlannedEdge(NamedTuple):
    """Edges: one for each row of a table that has both ends."""

    #: The table of the rows.
    table: str
    label: str
    #: Where they start; None at the row's own node.
    source: PlannedEnd | None
    destination: PlannedEnd
    #: The property that says when an edge came to be.
    time: str | None
    edges: int
    #: Rows without one because a key is NULL.
    without_key: int
    #: Rows without one because no row has the key, and the first of these keys.
    dangling: int
    first_dangling: str | None
    #: Whether the foreign key was found rather than declared.
    found: bool


class Import:
    """What became of tables, or with ``dry_run`` what would become of them.

    ``nodes`` and ``edges`` count, ``tables`` and ``edge_tables`` say what of what, ``map`` is the plan as ``CREATE PROPERTY GRAPH`` of SQL/PGQ,
    which can be edited and given to another import. ``print`` shows the counts, of a dry run the plan.
    """

    def __init__(self, described: dict[str, Any], dry_run: bool) -> None:
        self.dry_run = dry_run
        self.map: str = described["map"]
        self.tables = [PlannedTable(*one) for one in described["tables"]]
        self.edge_tables = [_edge(*one) for one in described["edges"]]
        #: Foreign keys that may be meant, and are taken only where a map says so.
        self.proposals = [_edge(*one) for one in described["proposals"]]
        #: What is not taken, and why.
        self.left_out: list[tuple[str, str]] = described["left_out"]
        self.warnings: list[str] = described["warnings"]
        planned = (sum(one.rows for one in self.tables), sum(one.edges for one in self.edge_tables), 0.0)
        self.nodes, self.edges, self.seconds = described["done"] or planned

    def _lines(self) -> Iterator[str]:
        done = "would import" if self.dry_run else "imported"
        took = "" if self.dry_run else f" in {self.seconds:.2f} s"
        yield f"{done} {_count(self.nodes, 'node')}, {_count(self.edges, 'edge')}{took}"
        for one in self.tables:
            key = "rows numbered" if not one.key else f"key {', '.join(one.key)}{' (found)' if one.found else ''}"
            time = f", time {one.time}" if one.time else ""
            yield f"{one.table}: {_count(one.rows, 'node')} (:{one.label}), {key}{time}"
        for edge in self.edge_tables:
            columns, to = ", ".join(edge.destination.columns), edge.destination.table
            ends = f"{edge.table} ({columns}) -> {to}"
            if edge.source is not None:
                ends = f"{edge.table}: {edge.source.table} ({', '.join(edge.source.columns)}) -> {to} ({columns})"
            line = f"{ends}: {_count(edge.edges, 'edge')} [:{edge.label}]"
            if edge.without_key:
                line += f", {edge.without_key:,} NULL"
            if edge.dangling:
                # A plan counts by hashes, and does not know the key.
                first = f" (the first: {edge.first_dangling})" if edge.first_dangling is not None else ""
                line += f", {edge.dangling:,} with a key that no row has{first}"
            yield line
        for what, why in self.left_out:
            yield f"not taken: {what}: {why}"
        if self.proposals:
            yield f"{_count(len(self.proposals), 'foreign key')} that may be meant: see map"
        for warning in self.warnings:
            yield f"warning: {warning}"

    def __str__(self) -> str:
        return self.map if self.dry_run else "\n".join(self._lines())

    def __repr__(self) -> str:
        return "\n".join(self._lines())


def _edge(ends: Any, counts: Any, found: bool) -> PlannedEdge:
    table, label, source, destination, time = ends
    start = None if source is None else PlannedEnd(*source)
    return PlannedEdge(table, label, start, PlannedEnd(*destination), time, *counts, found)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def import_source(
    session: Any,
    source: str | os.PathLike[str],
    infer_keys: bool | None,
    strict: bool,
    map: str | os.PathLike[str] | Import | None,  # noqa: A002
    dry_run: bool,
) -> Import:
    """Imports what a path or an address names."""
    described = _wenddb.import_source(session, os.fspath(source), _settings(infer_keys, strict, map, dry_run), shower())
    return Import(described, dry_run)


def import_tables(
    session: Any,
    tables: Mapping[str, Any],
    keys: Mapping[str, Columns] | None,
    edges: ForeignKeys | None,
    infer_keys: bool | None,
    strict: bool,
    map: str | os.PathLike[str] | Import | None,  # noqa: A002
    dry_run: bool,
) -> Import:
    """Imports tables in memory."""
    from ._database import table_of

    if not isinstance(tables, Mapping):
        raise TypeError(f"the tables are a mapping from names to tables, not a {type(tables).__name__}")
    streams = []
    for name, table in tables.items():
        try:
            streams.append((str(name), table_of(table)))
        except (TypeError, ValueError) as error:
            raise type(error)(f"table {name}: {error}") from None
    declared = {str(table): _columns(columns) for table, columns in (keys or {}).items()}
    foreign = [
        (str(table), _columns(columns), *_referenced(table, of))
        for table, referred in (edges or {}).items()
        for columns, of in _mapping(table, referred).items()
    ]
    described = _wenddb.import_tables(
        session, streams, list(declared.items()), foreign, _settings(infer_keys, strict, map, dry_run), shower()
    )
    return Import(described, dry_run)


def _columns(columns: Columns) -> list[str]:
    return [columns] if isinstance(columns, str) else [str(one) for one in columns]


def _mapping(table: str, referred: Any) -> Mapping[Any, Any]:
    if not isinstance(referred, Mapping):
        raise TypeError(
            f"edges[{table!r}] is a {type(referred).__name__}; it takes a mapping from columns to tables: "
            '{"customer_id": "customers"}'
        )
    return referred


def _referenced(table: str, of: Any) -> tuple[str, list[str]]:
    """The table and the columns that a foreign key refers to: none for the key of the table."""
    if isinstance(of, str):
        return of, []
    try:
        name, columns = of
    except (TypeError, ValueError):
        raise TypeError(
            f"edges[{table!r}] refers to {of!r}; it takes a table, or a table and its columns: (\"customers\", \"id\")"
        ) from None
    return str(name), _columns(columns)


def _settings(
    infer: bool | None,
    strict: bool,
    map: str | os.PathLike[str] | Import | None,  # noqa: A002
    dry_run: bool,
) -> dict[str, Any]:
    if isinstance(map, Import):
        text: str | None = map.map
    elif isinstance(map, str) and ("(" in map or "\n" in map):
        text = map
    elif map is not None:
        with open(map, encoding="utf-8") as file:
            text = file.read()
    else:
        text = None
    return {"infer": infer, "strict": strict, "map": text, "dry_run": dry_run}
