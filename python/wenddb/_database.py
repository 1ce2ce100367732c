"""Databases, sessions and transactions."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _wenddb
from ._errors import make, result_error
from ._progress import shower
from ._result import Result

if TYPE_CHECKING:
    from ._algo import Algorithms
    from ._relational import Columns, ForeignKeys, Import
    from .pyg import FeatureStore, GraphStore

MEMORY = ":memory:"

_lock = threading.Lock()
#: The open databases of this process, by path and whether they are for reading only.
_open: weakref.WeakValueDictionary[tuple[str, bool], Database] = weakref.WeakValueDictionary()


def _forget() -> None:
    """A forked child has none of its parent's databases."""
    global _lock
    _lock = threading.Lock()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def connect(
    path: str | os.PathLike[str] = MEMORY,
    read_only: bool = False,
    *,
    graph: str | None = None,
    threads: int = 0,
    memory_limit: int | None = None,
) -> Database:
    """Opens the database at a path, a directory, which is created when it is absent; ``":memory:"`` is one in memory.

    The same path gives the same database again while it is open, so that a cell of a notebook can be run twice. One process has a
    database open at a time; with ``read_only=True`` several may, when none writes.

    ``graph`` is the graph to work on, ``threads`` how many algorithms use (0 = all cores), ``memory_limit`` the bytes that
    statements may hold (None = four fifths of what there is).
    """
    text = os.fspath(path)
    if text == MEMORY:
        database = Database(_wenddb.Database(None, read_only, threads, memory_limit), None)
    else:
        database = _shared(os.path.realpath(os.path.expanduser(text)), read_only, threads, memory_limit)
    if graph is not None:
        database.gql(f"SESSION SET GRAPH `{graph.replace('`', '``')}`")
    return database


def _shared(path: str, read_only: bool, threads: int, memory_limit: int | None) -> Database:
    with _lock:
        known = _open.get((path, read_only))
        if known is not None and not known.closed:
            known._opened += 1
            return known
        writer = _open.get((path, False)) if read_only else None
        if writer is not None and not writer.closed:
            database = Database(writer._core.reader(), path)
        else:
            reader = None if read_only else _open.get((path, True))
            if reader is not None and not reader.closed:
                message = f"this process has {path} open for reading only"
                raise make("Locked", "08000", message, "close() that database first")
            database = Database(_wenddb.Database(path, read_only, threads, memory_limit), path)
        _open[path, read_only] = database
        return database


def parameters(params: Mapping[str, Any] | None, named: dict[str, Any]) -> dict[str, Any] | None:
    """The parameters of a statement, from a mapping and from keywords."""
    if params is None:
        return named or None
    if not isinstance(params, Mapping):
        raise TypeError(f"parameters are a mapping or keywords, not a {type(params).__name__}")
    both = {name.lstrip("$") for name in params} & named.keys()
    if both:
        raise TypeError(f"parameter {sorted(both)[0]} is given twice")
    return {**params, **named}


class CSR:
    """The edges of a graph in compressed sparse rows: ``indptr, indices, data, ids = db.csr()``.

    The neighbours of node i are ``indices[indptr[i]:indptr[i + 1]]``. ``data`` are the weights, ones without a weight. ``ids`` are
    the ``_id``s, read when they are asked for. ``numbers`` name the nodes within the database.
    """

    def __init__(self, numbers: Any, indptr: Any, indices: Any, weights: Any, ids: Callable[[], tuple[Any, Any]]) -> None:
        self.numbers, self.indptr, self.indices = numbers, indptr, indices
        self._weights, self._read, self._ids = weights, ids, None

    @property
    def data(self) -> Any:
        """The weight of each edge."""
        if self._weights is None:
            self._weights = np.ones(len(self.indices))
        return self._weights

    @property
    def weighted(self) -> bool:
        """Whether edges have weights of their own."""
        return self._weights is not None and bool((self._weights != 1).any())

    @property
    def ids(self) -> Any:
        """The ``_id`` of each node."""
        if self._ids is None:
            numbers, ids = self._read()
            if not np.array_equal(numbers, self.numbers):
                raise result_error("40000", "the nodes of the graph have changed since", "call csr() again")
            self._ids = ids
        return self._ids

    def __iter__(self) -> Iterator[Any]:
        return iter((self.indptr, self.indices, self.data, self.ids))

    def __len__(self) -> int:
        return 4

    def scipy(self) -> Any:
        """The adjacency as a ``scipy.sparse.csr_array``; parallel edges are added up where it is used."""
        from scipy.sparse import csr_array

        count = len(self.numbers)
        return csr_array((self.data, self.indices, self.indptr), shape=(count, count))

    def edge_index(self) -> Any:
        """The edges as an array of two rows: from where, to where."""
        sources = np.repeat(np.arange(len(self.numbers)), np.diff(self.indptr))
        return np.stack([sources, self.indices])

    def __repr__(self) -> str:
        return f"<wenddb.CSR: {len(self.numbers)} nodes, {len(self.indices)} edges>"


class _Runs:
    """What databases, sessions and transactions have in common: statements, arrays, tables."""

    _session: Any

    def _owner(self) -> Any:
        return self

    def _must_write(self) -> None:
        if getattr(self, "_database", self).read_only:
            raise make("TransactionState", "25G03", "the database is open for reading only, and this changes it")

    def gql(self, text: str, params: Mapping[str, Any] | None = None, /, **named: Any) -> Result:
        """Runs a statement, or several separated by ``;``, and gives the result of the last.

        Parameters come as keywords or as a mapping. A table (anything with ``__arrow_c_stream__``: DataFrames of pandas and
        polars, tables of pyarrow and DuckDB) is a LIST of RECORDs: ``gql("FOR row IN $rows ..", rows=df)``.
        """
        rows = self._session.execute(text, parameters(params, named), shower())
        return Result(rows, self._owner())

    def interrupt(self) -> None:
        """Ends the statement that runs now, from another thread."""
        self._session.interrupt()

    # Tables and arrays.

    def insert_nodes(
        self,
        label: str | Sequence[str] | None,
        table: object,
        id: str | None = None,
        *,
        keep_id: bool = False,  # noqa: A002
    ) -> int:
        """Inserts the rows of a table as nodes, all or none, in one bulk load; how many.

        ``table`` is anything with ``__arrow_c_stream__``, a mapping of columns, or a list of mappings. The column ``id`` (by
        default ``_id``) becomes the ``_id``, integers as text; with ``keep_id`` it stays a property as well. Every other column is a
        property; a column ``_labels`` (``A&B``) gives rows labels of their own.
        """
        self._must_write()
        labels = [] if label is None else [label] if isinstance(label, str) else list(label)
        return int(self._session.load_nodes(labels, table_of(table), "_id" if id is None else id, keep_id))

    def insert_edges(self, label: str | None, table: object, src: str = "_from", dst: str = "_to") -> int:
        """Inserts the rows of a table as edges, all or none, in one bulk load; how many.

        The columns ``src`` and ``dst`` have the ``_id``s of the nodes where edges begin and end; every other column is a property.
        A column ``_label`` gives rows a label of their own.
        """
        self._must_write()
        return int(self._session.load_edges(label, table_of(table), src, dst))

    def import_relational(
        self,
        tables: Mapping[str, Any],
        *,
        keys: Mapping[str, Columns] | None = None,
        edges: ForeignKeys | None = None,
        infer_keys: bool | None = None,
        strict: bool = False,
        dry_run: bool = False,
        map: str | os.PathLike[str] | Import | None = None,  # noqa: A002
    ) -> Import:
        """Imports tables by their keys, all or nothing: rows become nodes, foreign keys edges. The rules are those of `wend import --from`.

        ``tables`` are DataFrames or anything else that ``insert_nodes`` takes, by the names that become labels. ``keys`` are primary keys,
        ``{"orders": "order_id", "lines": ["order_id", "line"]}``, and ``edges`` foreign keys, ``{"orders": {"customer_id": "customers"}}``, with
        ``("customers", "code")`` for other columns than the key. Without ``edges``, or with ``infer_keys``, foreign keys are found by names and
        values. A key that no row has is taken as NULL and counted; ``strict`` stops there. ``dry_run`` changes nothing and says what would be
        done; ``map`` is such a plan, or ``CREATE PROPERTY GRAPH`` as text or in a file.
        """
        from ._relational import import_tables

        if not dry_run:
            self._must_write()
        return import_tables(self._session, tables, keys, edges, infer_keys, strict, map, dry_run)

    def import_from(
        self,
        source: str | os.PathLike[str],
        *,
        infer_keys: bool | None = None,
        strict: bool = False,
        dry_run: bool = False,
        map: str | os.PathLike[str] | Import | None = None,  # noqa: A002
    ) -> Import:
        """Imports a SQLite file, the database of a ``postgresql://`` address, or a folder of CSV and Parquet files, all or nothing: rows become
        nodes, foreign keys edges, as `wend import --from` does. The other parameters are those of ``import_relational``."""
        from ._relational import import_source

        if not dry_run:
            self._must_write()
        return import_source(self._session, source, infer_keys, strict, map, dry_run)

    def vectors(self, label: str | None, property: str) -> tuple[Any, Any]:  # noqa: A002
        """The ``_id``s of the nodes with a label that have a vector, and a matrix (float32) whose row i is the vector of id i."""
        ids, matrix = self._session.vectors(label, property)
        return ids, matrix

    def write_vectors(self, property: str, ids: Iterable[Any], matrix: Any) -> int:  # noqa: A002
        """Sets a VECTOR property of nodes, all in one commit: row i of the matrix is the vector of the node ids[i]."""
        self._must_write()
        if hasattr(matrix, "detach"):
            matrix = matrix.detach().cpu().numpy()
        array = np.ascontiguousarray(matrix, dtype=np.float32)
        if array.ndim != 2:
            raise ValueError(f"a matrix has two dimensions, a row for each node; this has {array.ndim}")
        return int(self._session.write_vectors(property, [str(one) for one in ids], array))

    def csr(
        self,
        edges: str | Sequence[str] | None = None,
        weight: str | None = None,
        *,
        nodes: str | Sequence[str] | None = None,
        orientation: str = "natural",
    ) -> CSR:
        """The edges with these labels between nodes with these labels (default: all) in compressed sparse rows."""
        node_labels, edge_labels = names_of(nodes), names_of(edges)
        numbers, indptr, indices, data = self._session.adjacency(node_labels, edge_labels, weight, orientation)
        session = self._session
        return CSR(numbers, indptr, indices, data, lambda: session.nodes(node_labels))

    # Files, and computations elsewhere.

    def export(
        self,
        to: str | os.PathLike[str],
        format: str = "csv",  # noqa: A002
        *,
        blocks: int | None = None,
        nodes: str | Sequence[str] | None = None,
        edges: str | Sequence[str] | None = None,
        weight: str | None = None,
    ) -> list[str]:
        """Writes the graph into a new directory as ``csv``, ``parquet`` or ``graphml``; the files.

        With ``blocks`` it is the graph as embeddings see it, for computations elsewhere (``wenddb.spark``): its nodes in so many
        blocks, of the nodes and edges with these labels, with the property that weighs edges.
        """
        if blocks is None and (nodes is not None or edges is not None or weight is not None):
            raise ValueError("nodes, edges and weight select what is written by blocks; give blocks, too")
        if blocks is not None and format not in ("csv", "parquet"):
            raise ValueError(f"format is {format!r}; a graph is written by blocks as parquet")
        chosen = names_of(nodes), names_of(edges), weight
        return [os.fspath(file) for file in self._session.export(os.fspath(to), format, blocks, *chosen)[2]]

    def import_vectors(self, property: str, directory: str | os.PathLike[str]) -> int:  # noqa: A002
        """Takes vectors that were computed of a graph that ``export(.., blocks=..)`` wrote as a property of its nodes, all in one
        commit; how many. Vectors of another graph are refused, and rows that are missing or there twice."""
        self._must_write()
        return int(self._session.import_vectors(property, os.fspath(directory)))

    # Graphs of other libraries.

    def insert_graph(
        self,
        graph: Any,
        *,
        label: str | None = None,
        edge_label: str = "EDGE",
        id: str | None = None,  # noqa: A002
    ) -> tuple[int, int]:
        """Inserts a graph of networkx or igraph, a matrix of scipy.sparse, or a Data or HeteroData of PyG; how many nodes and edges.

        ``label`` is the label of nodes that bring none, ``edge_label`` that of edges. Attributes become properties. ``id`` names
        the attribute that is the ``_id``; by default it is networkx's node, igraph's ``name`` or the number.
        """
        from ._graphs import insert

        self._must_write()
        return insert(self, graph, label, edge_label, id)

    def to_networkx(
        self,
        nodes: str | Sequence[str] | None = None,
        edges: str | Sequence[str] | None = None,
        *,
        properties: bool = True,
    ) -> Any:
        """The graph, or a part of it, as a ``networkx.MultiDiGraph`` of ``_id``s."""
        from ._graphs import to_networkx

        return to_networkx(self, names_of(nodes), names_of(edges), properties)

    def to_pyg(
        self,
        nodes: Mapping[str, Mapping[str, Any]] | None = None,
        edges: Sequence[Any] | None = None,
        *,
        weight: str | None = None,
    ) -> tuple[Any, Any]:
        """The graph as a Data or HeteroData of PyG, and the ``_id``s in its order.

        ``nodes`` says for each label which properties make which tensor: ``{"Paper": {"x": ["f1", "embedding"], "y": "subject"}}``;
        ``edges`` lists edge labels, or triples ``("Paper", "CITES", "Paper")``. With one label of nodes and one of edges it is a
        Data and the ids an array, otherwise a HeteroData and the ids a dict of arrays.
        """
        from .pyg import to_pyg

        return to_pyg(self, nodes, edges, weight)

    @property
    def algo(self) -> Algorithms:
        """The algorithms: ``db.algo.node2vec(dimensions=64)``."""
        from ._algo import Algorithms

        return Algorithms(self)

    def search(
        self,
        label: str,
        property: str,  # noqa: A002
        query: Any,
        k: int = 10,
        *,
        metric: str = "cosine",
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Result:
        """The k nodes ``n`` with a label whose vectors are nearest to a vector, or to that of a node by its ``_id``: columns ``id``
        and ``score``. ``where`` filters: ``where="n.age > $age", params={"age": 30}``; there are k rows when k nodes pass."""
        scores = {
            "cosine": ("cosine_similarity", "DESC"),
            "dot": ("dot_product", "DESC"),
            "euclidean": ("euclidean_distance", "ASC"),
        }
        if metric not in scores:
            raise ValueError(f"metric is {metric!r}; it takes {', '.join(scores)}")
        function, order = scores[metric]
        key = quoted(property)
        given = dict(params or {})
        if isinstance(query, str):
            start, vector = f"MATCH (q {{_id: $_query}}), (n:{quoted(label)})", f"q.{key}"
            found = self.gql(f"MATCH (q {{_id: $_query}}) RETURN q.{key}", _query=query).fetchall()
            if not found:
                raise make("Binding", "42002", f"there is no node '{query}'")
            if found[0][0] is None:
                raise make("Data", "22004", f"the node '{query}' has no property `{property}`")
        else:
            start, vector = f"MATCH (n:{quoted(label)})", "$_query"
            query = np.asarray(query, dtype=np.float32)
        condition = f"n.{key} IS NOT NULL" + (f" AND ({where})" if where else "")
        text = (
            f"{start} WHERE {condition} RETURN n._id AS id, {function}(n.{key}, {vector}) AS score "
            f"ORDER BY score {order} LIMIT {int(k)}"
        )
        return self.gql(text, {**given, "_query": query})

    def encode_text(
        self,
        label: str,
        property: str,
        *,
        to: str,
        model: Any = "all-MiniLM-L6-v2",
        batch_size: int = 256,  # noqa: A002
    ) -> int:
        """Writes vectors of a text property, all in one commit; how many nodes have one.

        ``model`` is a callable from a list of texts to a matrix, an object with ``encode``, or the name of a model of
        sentence-transformers. Nodes without the text get none.
        """
        from ._text import encode_text

        return encode_text(self, label, property, to, model, batch_size)


class Session(_Runs):
    """A session of its own: its graph, its settings, its transaction. Its statements run one after the other, beside those of
    other sessions."""

    def __init__(self, session: Any, database: Database) -> None:
        self._session, self._database = session, database

    def close(self) -> None:
        """Ends the session and what it runs; an open transaction is rolled back."""
        self._session.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Transaction(_Runs):
    """Statements that are committed together, or not at all: ``with db.transaction() as tx: tx.gql(..)``."""

    def __init__(self, session: Any, database: Database, read_only: bool) -> None:
        self._session, self._database = session, database
        self.gql("START TRANSACTION READ ONLY" if read_only else "START TRANSACTION")

    def commit(self) -> None:
        """Makes the changes visible to others, all at once. ConflictError: nothing is kept, and it can be run again."""
        try:
            self.gql("COMMIT")
        finally:
            self._session.close()

    def rollback(self) -> None:
        """Forgets the changes."""
        self._session.close()

    def __enter__(self) -> Transaction:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._session.in_transaction():
            self.commit()
        else:
            self.rollback()


class Database(_Runs):
    """An open database; :func:`connect` gives it. Statements of ``db.gql`` run in one session, one after the other; threads that
    want to run beside each other take ``db.session()`` each."""

    def __init__(self, core: Any, path: str | None) -> None:
        self._core, self.path = core, path
        self._session = core.session()
        self._opened = 1
        self._idle: list[Any] = []

    @property
    def read_only(self) -> bool:
        """Whether it takes no changes."""
        return bool(self._core.read_only)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return bool(self._core.closed)

    def session(self) -> Session:
        """A session of its own."""
        return Session(self._core.session(), self)

    def transaction(self, read_only: bool = False) -> Transaction:
        """Begins a transaction, in a session of its own."""
        return Transaction(self._core.session(), self, read_only)

    async def agql(self, text: str, params: Mapping[str, Any] | None = None, /, **named: Any) -> Result:
        """As ``gql``, awaited: the event loop goes on, and calls run beside each other. Cancelling the task cancels the
        statement."""
        import asyncio

        given = parameters(params, named)
        session = self._idle.pop() if self._idle else self._core.session()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(None, session.execute, text, given)
        try:
            rows = await asyncio.shield(work)
        except asyncio.CancelledError:
            # The statement may not have begun yet, so that it is told until it has ended.
            while not work.done():
                session.interrupt()
                await asyncio.wait([work], timeout=0.05)
            if not work.cancelled():
                work.exception()
            session.close()
            raise
        except BaseException:
            self._keep(session)
            raise
        self._keep(session)
        return Result(rows, self)

    def _keep(self, session: Any) -> None:
        if len(self._idle) < 8 and not session.in_transaction():
            self._idle.append(session)
        else:
            session.close()

    def pyg_stores(self) -> tuple[FeatureStore, GraphStore]:
        """The FeatureStore and GraphStore of PyG's loaders, which read the database as they need it; of a database that is open for
        reading only they can be pickled, and so be used by workers of a DataLoader."""
        from .pyg import stores

        return stores(self)

    def backup(self, to: str | os.PathLike[str]) -> None:
        """Copies the database, as of now, to a new directory, while it may be in use."""
        self._core.backup(to)

    def check(self) -> dict[str, Any]:
        """Reads everything and says what does not fit together: an empty list of problems when all is well."""
        nodes, edges, vectors, problems = self._core.check()
        return {"nodes": nodes, "edges": edges, "vectors": vectors, "problems": problems}

    def labels(self) -> dict[str, list[str]]:
        """The labels of nodes and edges in use, and the property keys."""
        _, nodes, edges, keys = self._session.names()
        return {"nodes": nodes, "edges": edges, "properties": keys}

    def close(self) -> None:
        """Ends what runs and closes the database, with its sessions and results."""
        self._core.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened -= 1
        if self._opened <= 0:
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "read only" if self.read_only else "open"
        return f"<wenddb.Database {self.path or MEMORY} ({state})>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is None:
            raise TypeError("a database in memory cannot be pickled")
        if not self.read_only:
            raise TypeError(
                "a database that is open for writing cannot be pickled: connect(path, read_only=True) gives one that can"
            )
        return (connect, (self.path, True))


def quoted(name: str) -> str:
    """A name as GQL takes any."""
    return "`" + name.replace("`", "``") + "`"


def names_of(names: str | Sequence[str] | None) -> list[str] | None:
    """A name or several as a list."""
    return None if names is None else [names] if isinstance(names, str) else list(names)


def table_of(table: Any) -> Any:
    """Anything that is a table as something with ``__arrow_c_stream__``."""
    from ._tables import of_columns, streams

    if streams(table):
        return table
    if isinstance(table, Mapping):
        return of_columns({str(name): values for name, values in table.items()})
    if hasattr(table, "dtype") and getattr(table.dtype, "names", None):
        return of_columns({name: table[name] for name in table.dtype.names})
    if hasattr(table, "to_dict") and hasattr(table, "columns"):
        return of_columns({str(name): table[name] for name in table.columns})
    if isinstance(table, Iterable) and not isinstance(table, (str, bytes)):
        rows = list(table)
        if all(isinstance(row, Mapping) for row in rows):
            keys = list(dict.fromkeys(key for row in rows for key in row))
            return of_columns({str(key): [row.get(key) for row in rows] for key in keys})
    raise TypeError(
        f"a {type(table).__name__} is no table: pass a DataFrame of pandas or polars, a table of pyarrow, anything with "
        "__arrow_c_stream__, a dict of columns, or a list of dicts"
    )


def _at_exit() -> None:
    for database in list(_open.values()):
        try:
            database.close()
        except Exception as error:  # noqa: BLE001
            sys.stderr.write(f"wenddb: closing {database.path}: {error}\n")


import atexit  # noqa: E402

atexit.register(_at_exit)
