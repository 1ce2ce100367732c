"""The algorithms as methods, made from the descriptions that the database has of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _wenddb
from ._errors import ParameterError, fill, make, result_error
from ._progress import shower
from ._result import Result, to_numpy, to_series

if TYPE_CHECKING:
    from inspect import Signature

    import pandas


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """The descriptions by name."""
    return {described["name"]: described for described in _wenddb.algorithms()}


def documentation(described: dict[str, Any]) -> str:
    """The docstring of an algorithm."""
    lines = [described["summary"], "", described["doc"].strip(), "", "Parameters"]
    for parameter in described["parameters"]:
        default = repr(parameter["default"]) if "default" in parameter else parameter["absent"]
        extent = f", {parameter['range']}" if parameter["range"] else ""
        lines.append(f"    {parameter['name']}: {parameter['type']}{extent} (default {default})")
        lines.append(f"        {' '.join(parameter['doc'].split())}")
    lines += ["", "Columns"]
    for column in described["columns"]:
        lines.append(f"    {column['name']}: {column['type']}")
        lines.append(f"        {' '.join(column['doc'].split())}")
    return "\n".join(lines)


def signature(described: dict[str, Any]) -> Signature:
    """The keywords of an algorithm with their defaults."""
    import inspect

    return inspect.Signature(
        [
            inspect.Parameter(parameter["name"], inspect.Parameter.KEYWORD_ONLY, default=parameter.get("default"))
            for parameter in described["parameters"]
        ]
    )


class Algorithms:
    """The algorithms of a database: ``db.algo.node2vec(dimensions=64)``, ``dir(db.algo)``, ``help(db.algo.pagerank)``."""

    def __init__(self, runs: Any) -> None:
        self._runs = runs

    def __getattr__(self, name: str) -> Algorithm:
        described = descriptions().get(name)
        if described is None:
            near = _wenddb.suggest(name, list(descriptions()))
            hint = f"; did you mean {near}?" if near else "; dir(db.algo) lists them"
            raise AttributeError(f"there is no algorithm {name}{hint}")
        return Algorithm(self._runs, described)

    def __getitem__(self, name: str) -> Algorithm:
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        return sorted(descriptions())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(descriptions()))


class Algorithm:
    """One algorithm. Calling it computes; its methods are the other modes."""

    def __init__(self, runs: Any, described: dict[str, Any]) -> None:
        self._runs, self._described = runs, described
        self.__name__ = described["name"]
        self.__doc__ = documentation(described)

    @property
    def __signature__(self) -> Signature:
        return signature(self._described)

    def __repr__(self) -> str:
        return f"<algo.{self.__name__}: {self._described['summary']}>"

    def _check(self, parameters: dict[str, Any]) -> None:
        """An unknown keyword is a TypeError, as for any function of Python, with the text of the database."""
        known = [parameter["name"] for parameter in self._described["parameters"]]
        for name in parameters:
            if name not in known:
                near = _wenddb.suggest(name, known)
                hint = f"did you mean `{near}`?" if near else f"it takes {', '.join(known)}"
                message = f"algo.{self.__name__} has no parameter `{name}`"
                raise fill(ParameterError(message), "42002", message, hint)

    def __call__(self, **parameters: Any) -> AlgorithmResult:
        self._check(parameters)
        given = {name: value for name, value in parameters.items() if value is not None}
        names, columns = self._runs._session.algorithm(self.__name__, given, shower())
        return AlgorithmResult(self._runs, self._described, parameters, names, columns)

    def _mode(self, mode: str) -> str:
        if mode not in self._described["modes"]:
            raise make("Binding", "42002", f"algo.{self.__name__} has no mode {mode}")
        return f"CALL algo.{self.__name__}.{mode}"

    def stream(self, **parameters: Any) -> Result:
        """The same rows one after the other, as a result that streams."""
        self._check(parameters)
        return self._runs.gql(self._mode("stream") + "($parameters)", parameters=parameters)

    def stats(self, **parameters: Any) -> dict[str, Any]:
        """Figures of the result, without the result."""
        self._check(parameters)
        return self._runs.gql(self._mode("stats") + "($parameters)", parameters=parameters).one().asdict()

    def estimate(self, **parameters: Any) -> dict[str, Any]:
        """Bytes and seconds that a call would need, before any work."""
        self._check(parameters)
        return self._runs.gql(self._mode("estimate") + "($parameters)", parameters=parameters).one().asdict()

    def write(self, property: str | dict[str, str], *, wait: bool = True, **parameters: Any) -> Task:  # noqa: A002
        """Computes and writes a property of the nodes in one commit, as a task that SHOW TASKS lists and REFRESH EMBEDDING can
        repeat. A dict says which column becomes which property. With ``wait=False`` it returns at once."""
        self._check(parameters)
        options: dict[str, Any] = {"db": {"property": property}}
        if not wait:
            options["wait"] = False
        row = self._runs.gql(self._mode("write") + "($parameters, $options)", parameters=parameters, options=options).one()
        return Task(self._runs, row.asdict())


class Task:
    """A task that writes: ``id``, ``status``, ``progress``."""

    def __init__(self, runs: Any, row: dict[str, Any]) -> None:
        self._runs, self._row, self.id = runs, row, row["task_id"]

    @property
    def row(self) -> dict[str, Any]:
        """What SHOW TASK tells of it."""
        return self._runs.gql(f"SHOW TASK '{self.id}'").one().asdict()

    @property
    def status(self) -> str:
        """pending, running, completed, failed, cancelled or interrupted."""
        return str(self.row["status"])

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return float(self.row["progress"] or 0) / 100

    @property
    def nodes_written(self) -> int | None:
        """How many nodes have the property now; None before it is done."""
        known = self._row.get("nodesWritten")
        return known if known is not None else self.row["nodes_written"]

    def wait(self, timeout: float | None = None) -> str:
        """Waits until it has ended, at most ``timeout`` seconds; its status. An error of the task is raised."""
        end = None if timeout is None else time.monotonic() + timeout
        pause = 0.002
        while (row := self.row)["status"] in ("pending", "running"):
            if end is not None and time.monotonic() >= end:
                return str(row["status"])
            time.sleep(pause)
            pause = min(0.2, pause * 1.5)
        if row["status"] == "failed":
            raise make("Data", "22000", f"the task failed: {row['error']}")
        return str(row["status"])

    def cancel(self) -> None:
        """Stops it; nothing of it is kept."""
        self._runs.gql(f"STOP TASK '{self.id}'")

    def __repr__(self) -> str:
        return f"<wenddb.Task {self.id}: {self.status}>"


class AlgorithmResult:
    """What an algorithm gave: ``ids`` and ``matrix``, or ``result["score"]`` for other columns, ``df()``, ``write(property)``."""

    def __init__(
        self, runs: Any, described: dict[str, Any], parameters: dict[str, Any], names: list[str], columns: list[Any]
    ) -> None:
        self._runs, self._described, self.parameters = runs, described, parameters
        self.columns = names
        self._raw = columns
        self._made: dict[int, Any] = {}

    @property
    def algorithm(self) -> str:
        """Its name."""
        return str(self._described["name"])

    def _array(self, position: int) -> Any:
        if position not in self._made:
            kind, values, mask = self._raw[position]
            self._made[position] = to_numpy(kind, values, mask)
        return self._made[position]

    def __getitem__(self, column: str) -> Any:
        if column not in self.columns:
            near = _wenddb.suggest(column, self.columns)
            hint = f"did you mean `{near}`?" if near else f"the columns are {', '.join(self.columns)}"
            raise result_error("42002", f"algo.{self.algorithm} gave no column `{column}`", hint)
        return self._array(self.columns.index(column))

    numpy = __getitem__

    def _first(self, wanted: Any, what: str) -> int:
        for position, (kind, _, _) in enumerate(self._raw):
            if wanted(self.columns[position], kind):
                return position
        raise result_error("42002", f"algo.{self.algorithm} gave no {what}", f"the columns are {', '.join(self.columns)}")

    @property
    def ids(self) -> Any:
        """The ``_id`` of the node or edge of each row, as an array of str."""
        identity = {column["name"] for column in self._described["columns"] if column["identity"]}
        return self._array(self._first(lambda name, kind: name in identity and kind == "text", "column of ids"))

    @property
    def matrix(self) -> Any:
        """The vectors: float32, a row for each id; the array that the algorithm made, without a copy."""
        return self._array(self._first(lambda _, kind: kind == "vector", "column of vectors"))

    @property
    def values(self) -> Any:
        """The first column that is no id."""
        identity = {column["name"] for column in self._described["columns"] if column["identity"]}
        return self._array(self._first(lambda name, _: name not in identity, "column of values"))

    def __len__(self) -> int:
        return len(self._raw[0][1]) if self._raw else 0

    def df(self) -> pandas.DataFrame:
        """The rows as a DataFrame of pandas."""
        import pandas

        return pandas.DataFrame({name: to_series(*self._parts(at)) for at, name in enumerate(self.columns)})

    def _parts(self, position: int) -> Any:
        kind, values, mask = self._raw[position]
        # What was handed out is the user's to change, and what is made of it here must not change it.
        return kind, values if kind == "vector" or mask is None else values.copy(), mask

    def asdict(self) -> dict[str, Any]:
        """The first column that is no id, by id."""
        return dict(zip(self.ids.tolist(), self.values.tolist()))

    def write(self, property: str, column: str | None = None) -> int:  # noqa: A002
        """Writes the values that are here as a property of the nodes, all in one commit; how many nodes have it. Without a column
        it is the vectors, or else the first column that is no id. ``db.algo.<name>.write`` computes and writes as a task, which
        REFRESH EMBEDDING can repeat."""
        if column is None and any(kind == "vector" for kind, _, _ in self._raw):
            return int(self._runs.write_vectors(property, self.ids, self.matrix))
        values = self.values if column is None else self[column]
        if getattr(values, "ndim", 1) == 2:
            return int(self._runs.write_vectors(property, self.ids, values))
        from ._database import quoted

        rows = [{"id": one, "value": value} for one, value in zip(self.ids.tolist(), _listed(values))]
        text = f"FOR row IN $rows MATCH (n {{_id: row.id}}) SET n.{quoted(property)} = row.value"
        self._runs.gql(text, rows=rows)
        return len(rows)

    def plot(self, color: str | Any | None = None, *, method: str = "pca", ax: Any = None, size: float = 12.0) -> Any:
        """Draws the vectors in the plane of their first principal components, coloured by a property of the nodes or by values: a page that needs
        no network, which a notebook shows and ``.show()`` opens. With ``ax``, axes of matplotlib, it is drawn there, with points of a ``size``."""
        from ._draw import plot_vectors

        return plot_vectors(self, color, method, ax, size)

    def __repr__(self) -> str:
        return f"<wenddb.AlgorithmResult algo.{self.algorithm}: {len(self)} rows, columns {', '.join(self.columns)}>"


def _listed(values: Any) -> list[Any]:
    return values.tolist(None) if isinstance(values, np.ma.MaskedArray) else values.tolist()
