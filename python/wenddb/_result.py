"""Results: rows that stream, or whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ._errors import result_error
from ._types import Edge, Node, Path, brief

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from ._draw import Graph

SHOWN = 20


class Row(tuple[Any, ...]):
    """A row: a tuple whose values can be asked for by the column's name too."""

    __slots__ = ()

    _columns: tuple[str, ...] = ()
    _at: dict[str, int] = {}

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            position = self._at.get(key)
            if position is None:
                raise KeyError(f"{key!r}: the columns are {', '.join(self._columns)}")
            return tuple.__getitem__(self, position)
        return tuple.__getitem__(self, key)

    def keys(self) -> tuple[str, ...]:
        """The columns' names."""
        return self._columns

    def asdict(self) -> dict[str, Any]:
        """The values by the columns' names."""
        return dict(zip(self._columns, self))

    def __repr__(self) -> str:
        return "(" + ", ".join(f"{name}={value!r}" for name, value in zip(self._columns, self)) + ")"

    def __reduce__(self) -> tuple[object, ...]:
        return (_row, (self._columns, tuple(self)))


@lru_cache(maxsize=256)
def row_type(columns: tuple[str, ...]) -> type[Row]:
    """The type of rows with these columns."""
    at = {name: position for position, name in reversed(list(enumerate(columns)))}
    return type("Row", (Row,), {"__slots__": (), "_columns": columns, "_at": at})


def _row(columns: tuple[str, ...], values: tuple[Any, ...]) -> Row:
    return row_type(columns)(values)


def to_numpy(kind: str, values: Any, mask: Any) -> Any:
    """A column as numpy has it. A NULL is NaN in floats and vectors, NaT in times, None in objects; integers and truth values with
    NULLs are a masked array, so that they stay what they are."""
    if kind == "vector":
        if mask is not None:
            values[mask] = np.nan
        return values
    if kind == "date":
        values = values.astype("datetime64[D]")
    elif kind in ("datetime", "utc"):
        values = values.view("datetime64[ns]")
    if mask is None:
        return values
    if kind == "float":
        values[mask] = np.nan
    elif kind in ("date", "datetime", "utc"):
        values[mask] = np.datetime64("NaT")
    elif kind in ("int", "bool"):
        return np.ma.MaskedArray(values, mask)
    elif mask.all():
        return np.full(len(values), None, dtype=object)
    return values


def to_series(kind: str, values: Any, mask: Any) -> Any:
    """A column as pandas has it: integers and truth values with NULLs keep their type (``Int64``, ``boolean``)."""
    import pandas

    if kind == "vector":
        cells = np.empty(len(values), dtype=object)
        cells[:] = list(values)
        if mask is not None:
            cells[mask] = None
        return pandas.Series(cells)
    if kind == "int" and mask is not None:
        return pandas.Series(pandas.arrays.IntegerArray(values, mask))
    if kind == "bool" and mask is not None:
        return pandas.Series(pandas.arrays.BooleanArray(values, mask))
    array = to_numpy(kind, values, mask)
    if kind == "date":
        # pandas has no days; before version 2 it has nothing but nanoseconds.
        array = array.astype("datetime64[ns]" if pandas.__version__.startswith("1.") else "datetime64[s]")
    series = pandas.Series(array)
    return series.dt.tz_localize("UTC") if kind == "utc" else series


class Result:
    """The result of a statement.

    Iterating streams the rows: ``for row in r: row["name"], row[0]``. The other methods read all rows, which are kept then, so that
    they can be called one after the other.
    """

    def __init__(self, rows: Any, owner: Any) -> None:
        self._rows = rows
        # The database stays open while results are read.
        self._owner = owner
        self._make = row_type(tuple(rows.columns))

    @property
    def columns(self) -> list[str]:
        """The columns' names in order."""
        return list(self._make._columns)

    @property
    def summary(self) -> dict[str, Any]:
        """What the statement did: its GQLSTATUS, its changes (``nodes_inserted`` and so on), its warnings; complete once all rows
        have been read."""
        return dict(self._rows.summary())

    def __iter__(self) -> Iterator[Row]:
        self._rows.rewind()
        return self._stream()

    def _stream(self) -> Iterator[Row]:
        while (rows := self._rows.next(self._make)) is not None:
            yield from rows

    def __len__(self) -> int:
        return self._fill()

    def __bool__(self) -> bool:
        return True

    def _fill(self) -> int:
        count = self._rows.fill()
        if count is None:
            hint = "run the statement again, or ask for all rows first: they are kept then"
            raise result_error("02N01", "rows of this result were streamed, and are gone", hint)
        return int(count)

    def _position(self, column: str | int) -> int:
        columns = self._make._columns
        if isinstance(column, int):
            if not -len(columns) <= column < len(columns):
                raise result_error("42002", f"there is no column {column}: the result has {len(columns)}")
            return column % len(columns)
        position = self._make._at.get(column)
        if position is None:
            from ._wenddb import suggest

            near = suggest(column, list(columns))
            hint = f"did you mean `{near}`?" if near else f"the columns are {', '.join(columns)}"
            raise result_error("42002", f"there is no column `{column}`", hint)
        return position

    def _must_be_a_table(self) -> None:
        if not self._rows.has_table:
            raise result_error("42000", "the statement has no result table", "only RETURN and YIELD give rows")

    def fetchall(self) -> list[Row]:
        """The rows: all of them, or those that are left when some were streamed."""
        if not self._rows.streamed:
            self._fill()
            self._rows.rewind()
        return list(self._stream())

    def one(self) -> Row:
        """The only row; ResultError when there is none or a second one."""
        self._must_be_a_table()
        self._fill_if_kept()
        first, more = self._rows.peek(1, self._make)
        if not first:
            raise result_error("02000", "the result has no row, where one was asked for")
        if more:
            hint = "LIMIT 1 takes the first; iterate to read more"
            raise result_error("22000", "the result has more than one row, where one was asked for", hint)
        return first[0]

    def _fill_if_kept(self) -> None:
        if self._rows.streamed:
            self._fill()

    def value(self) -> Any:
        """The only value: that of a result of one row and one column."""
        row = self.one()
        if len(row) != 1:
            raise result_error("42000", f"the result has {len(row)} columns, where one value was asked for")
        return row[0]

    def numpy(self, column: str | int | None = None) -> Any:
        """A column as an array of numpy; without a name, all of them by name. Vectors are one matrix, a row each."""
        self._must_be_a_table()
        self._fill()
        if column is None:
            return {name: to_numpy(*self._rows.column(at)) for at, name in enumerate(self._make._columns)}
        return to_numpy(*self._rows.column(self._position(column)))

    def df(self) -> pandas.DataFrame:
        """The rows as a DataFrame of pandas."""
        import pandas

        count = self._fill()
        columns = [to_series(*self._rows.column(at)) for at in range(len(self._make._columns))]
        frame = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(count))
        frame.columns = pandas.Index(self.columns, dtype=object) if not columns else self.columns
        return frame

    def pl(self) -> polars.DataFrame:
        """The rows as a DataFrame of polars."""
        import polars

        self._fill()
        self._rows.rewind()
        return polars.DataFrame(self)

    def arrow(self) -> pyarrow.Table:
        """The rows as a table of pyarrow."""
        import pyarrow

        self._fill()
        self._rows.rewind()
        return pyarrow.table(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as a stream of Arrow, made while it is read: what ``polars.DataFrame(r)``, ``pyarrow.table(r)`` and DuckDB's
        ``FROM r`` take."""
        self._rows.rewind()
        return self._rows.arrow()

    def graph(self) -> Graph:
        """The nodes, edges and paths of the result, to be drawn or taken into networkx."""
        from ._draw import Graph

        nodes: dict[str, Node] = {}
        edges: dict[str, Edge] = {}

        def add(value: Any) -> None:
            if isinstance(value, Node):
                nodes[value.id] = value
            elif isinstance(value, Edge):
                edges[value.id] = value
            elif isinstance(value, Path):
                for part in [*value.nodes, *value.edges]:
                    add(part)
            elif isinstance(value, list):
                for item in value:
                    add(item)

        for row in self.fetchall():
            for value in row:
                add(value)
        if not nodes and not edges:
            hint = "RETURN nodes, edges or paths themselves: MATCH p = (a)-[e]->(b) RETURN p"
            raise result_error("42000", "the result has no nodes and no edges", hint)
        return Graph(nodes, edges)

    def close(self) -> None:
        """Lets go of the snapshot that the result reads from."""
        self._rows.close()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shown(self) -> tuple[list[list[str]], bool]:
        rows, more = self._rows.peek(SHOWN, self._make)
        return [[brief(value) for value in row] for row in rows], more

    def __repr__(self) -> str:
        if not self._rows.has_table:
            changes = [
                f"{count} {name.replace('_', ' ')}" for name, count in self.summary.items() if isinstance(count, int) and count
            ]
            return f"<wenddb.Result: {', '.join(changes) or 'no table'}>"
        if self._rows.streamed:
            return f"<wenddb.Result: columns {', '.join(self.columns)}; rows were streamed>"
        rows, more = self._shown()
        widths = [max(len(cell) for cell in cells) for cells in zip(self.columns, *rows)]
        line = lambda cells: " │ ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()  # noqa: E731
        lines = [line(self.columns), "─┼─".join("─" * width for width in widths), *map(line, rows)]
        lines.append(f"more than {SHOWN} rows" if more else f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        if not self._rows.has_table or self._rows.streamed:
            return f"<pre>{escape(repr(self))}</pre>"
        rows, more = self._shown()
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        foot = f"more than {SHOWN} rows" if more else f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><small>{foot}</small>"
