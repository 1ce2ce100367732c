"""PyTorch Geometric: graphs as Data and HeteroData, and stores for its loaders."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch_geometric.data import Data, HeteroData, TensorAttr
from torch_geometric.data import FeatureStore as _FeatureStore
from torch_geometric.data import GraphStore as _GraphStore
from torch_geometric.data.graph_store import EdgeAttr, EdgeLayout

from ._database import quoted
from ._errors import make

if TYPE_CHECKING:
    from ._database import Database

Triple = tuple[str, str, str]


def _nodes(runs: Any, label: str) -> tuple[Any, Any]:
    """The numbers and ``_id``s of the nodes with a label."""
    return runs._session.nodes([label])


def _edges(runs: Any, label: str, weight: str | None) -> tuple[Any, Any, Any]:
    """The edges with a label: the numbers of their ends, and their weights or None."""
    csr = runs.csr(label, weight)
    pairs = csr.edge_index()
    return csr.numbers[pairs[0]], csr.numbers[pairs[1]], csr.data if weight is not None else None


def _within(numbers: Any, wanted: Any) -> tuple[Any, Any]:
    """Where numbers are among those wanted, which ascend; and whether they are."""
    places = np.searchsorted(wanted, numbers)
    places[places == len(wanted)] = 0
    return places, (wanted[places] == numbers) if len(wanted) else np.zeros(len(numbers), dtype=bool)


def triples(runs: Any, labels: Sequence[str], edges: Sequence[Any] | None) -> list[Triple]:
    """The kinds of edges: those named, or all that there are between these labels."""
    if edges is not None and all(not isinstance(edge, str) for edge in edges):
        return [tuple(edge) for edge in edges]
    wanted = None if edges is None else [edge for edge in edges if isinstance(edge, str)]
    known = [label for label in runs._session.names()[2] if wanted is None or label in wanted]
    for label in wanted or []:
        if label not in known:
            raise make("Binding", "42002", f"no edge has the label `{label}`")
    found: list[Triple] = [tuple(edge) for edge in edges or [] if not isinstance(edge, str)]
    numbers = {label: _nodes(runs, label)[0] for label in labels}
    for label in known:
        sources, targets, _ = _edges(runs, label, None)
        for source in labels:
            begins = _within(sources, numbers[source])[1]
            for target in labels:
                if (begins & _within(targets, numbers[target])[1]).any():
                    found.append((source, label, target))
    return found


def column(runs: Any, label: str, name: str, ids: Any) -> tuple[Any, Any, list[str] | None]:
    """A property of the nodes with a label in the order of their ids: an array, which are missing, and the classes of texts."""
    result = runs.gql(f"MATCH (n:{quoted(label)}) RETURN n._id AS id, n.{quoted(name)} AS value")
    found = result.numpy("id")
    values = result.numpy("value")
    if not np.array_equal(found, ids):
        at = {one: number for number, one in enumerate(found.tolist())}
        values = values[[at[one] for one in ids.tolist()]]
    if isinstance(values, np.ma.MaskedArray):
        return values.filled(0), np.ma.getmaskarray(values), None
    if values.dtype.kind == "f":
        return values, np.isnan(values) if values.ndim == 1 else np.isnan(values).any(axis=1), None
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        return values.astype("datetime64[s]").astype(np.int64), missing, None
    if values.dtype.kind == "O":
        missing = np.array([value is None for value in values.tolist()])
        texts = [value for value in values.tolist() if value is not None]
        if not texts:
            raise make("Binding", "42002", f"no node with the label `{label}` has the property `{name}`")
        if not all(isinstance(value, str) for value in texts):
            raise TypeError(f"the property {name} of {label} has values that no tensor can hold: {type(texts[0]).__name__}")
        classes = sorted(set(texts))
        code = {text: number for number, text in enumerate(classes)}
        return np.array([code.get(value, -1) for value in values.tolist()], dtype=np.int64), missing, classes
    return values, np.zeros(len(values), dtype=bool), None


def tensor(runs: Any, label: str, wanted: Any, ids: Any) -> tuple[Any, list[str] | None]:
    """Properties as one tensor: several, or vectors, are a matrix of floats; one alone keeps its type, and texts become classes,
    numbered in alphabetical order, -1 where there is none."""
    if isinstance(wanted, str):
        values, missing, classes = column(runs, label, wanted, ids)
        if classes is None and missing.any() and values.dtype.kind != "b":
            if values.dtype.kind == "i":
                values = np.where(missing, -1, values)
            else:
                _refuse(label, wanted, ids, missing)
        return torch.from_numpy(np.ascontiguousarray(values)).to(
            torch.float32 if values.dtype.kind == "f" else torch.bool if values.dtype.kind == "b" else torch.int64
        ), classes
    parts = []
    for name in wanted:
        values, missing, classes = column(runs, label, name, ids)
        if missing.any():
            _refuse(label, name, ids, missing)
        if classes is not None:
            values = np.eye(len(classes), dtype=np.float32)[values]
        parts.append(values.astype(np.float32).reshape(len(ids), -1))
    return torch.from_numpy(np.concatenate(parts, axis=1)), None


def _refuse(label: str, name: str, ids: Any, missing: Any) -> None:
    message = f"{int(missing.sum())} nodes with the label `{label}` have no `{name}`, such as '{ids[missing][0]}'"
    raise make("Data", "22004", message, "a tensor has a number for each node: SET the property, or leave it out")


def to_pyg(
    runs: Any, nodes: Mapping[str, Mapping[str, Any]] | None, edges: Sequence[Any] | None, weight: str | None
) -> tuple[Any, Any]:
    """The graph as a Data or HeteroData, and the ids."""
    if isinstance(nodes, str):
        nodes = {nodes: {}}
    if nodes is None:
        named = [edge for edge in edges or [] if not isinstance(edge, str)]
        used = dict.fromkeys(label for edge in named for label in (edge[0], edge[2]))
        nodes = {label: {} for label in (used or runs._session.names()[1])}
    labels = list(nodes)
    kinds = triples(runs, labels, edges)
    known = {label: _nodes(runs, label) for label in labels}
    alone = len(labels) == 1 and len(kinds) <= 1
    data: Any = Data() if alone else HeteroData()
    for label, wanted in nodes.items():
        store = data if alone else data[label]
        ids = known[label][1]
        store.num_nodes = len(ids)
        for name, properties in wanted.items():
            made, classes = tensor(runs, label, properties, ids)
            store[name] = made
            if classes is not None:
                store[f"{name}_classes"] = classes
    for kind in kinds:
        source, label, target = kind
        if source not in known or target not in known:
            raise ValueError(f"edges lists {kind}, and nodes has no {source if source not in known else target}")
        begins, ends, weights = _edges(runs, label, weight)
        rows, from_here = _within(begins, known[source][0])
        columns, to_here = _within(ends, known[target][0])
        those = from_here & to_here
        store = data if alone else data[kind]
        store.edge_index = torch.from_numpy(np.stack([rows[those], columns[those]]))
        if weights is not None:
            store.edge_weight = torch.from_numpy(weights[those].astype(np.float32))
    if alone and not kinds:
        data.edge_index = torch.zeros((2, 0), dtype=torch.int64)
    return (data, known[labels[0]][1]) if alone else (data, {label: ids for label, (_, ids) in known.items()})


class _Source:
    """The database behind both stores. What was read stays in memory. Open for reading only, it is opened again in other processes;
    open for writing, it cannot be."""

    def __init__(self, database: Database) -> None:
        self.database: Any = database
        self.path, self.read_only, self.pid = database.path, database.read_only, os.getpid()
        self.nodes: dict[str, tuple[Any, Any]] = {}
        self.columns: dict[tuple[str, str], Any] = {}

    def runs(self) -> Any:
        if self.database is None or (self.pid != os.getpid() and self.read_only and self.path is not None):
            from ._database import connect

            self.database, self.pid = connect(str(self.path), read_only=True), os.getpid()
        return self.database

    def of(self, label: str) -> tuple[Any, Any]:
        if label not in self.nodes:
            self.nodes[label] = _nodes(self.runs(), label)
        return self.nodes[label]

    def column(self, label: str, name: str) -> Any:
        if (label, name) not in self.columns:
            self.columns[label, name] = tensor(self.runs(), label, name, self.of(label)[1])[0]
        return self.columns[label, name]

    def forget(self) -> None:
        self.nodes.clear()
        self.columns.clear()

    def __getstate__(self) -> dict[str, Any]:
        if not self.read_only or self.path is None:
            raise TypeError(
                "stores of a database that is in memory or open for writing cannot be pickled: close it, and "
                "connect(path, read_only=True).pyg_stores() gives stores that can"
            )
        return {**self.__dict__, "database": None}


class FeatureStore(_FeatureStore):
    """Properties of nodes as tensors: the group is a label, the attribute a property."""

    def __init__(self, source: _Source) -> None:
        super().__init__()
        self.__dict__["_source"] = source

    def _put_tensor(self, tensor: Any, attr: Any) -> bool:
        ids = self._source.of(attr.group_name)[1]
        chosen = ids if attr.index is None else ids[_index(attr.index)]
        values = np.asarray(tensor.detach().cpu() if hasattr(tensor, "detach") else tensor)
        if values.ndim == 2:
            self._source.runs().write_vectors(attr.attr_name, chosen, values)
        else:
            rows = [{"id": one, "value": value} for one, value in zip(chosen.tolist(), values.tolist())]
            text = f"FOR row IN $rows MATCH (n {{_id: row.id}}) SET n.{quoted(attr.attr_name)} = row.value"
            self._source.runs().gql(text, rows=rows)
        self._source.columns.pop((attr.group_name, attr.attr_name), None)
        return True

    def _get_tensor(self, attr: Any) -> Any:
        values = self._source.column(attr.group_name, attr.attr_name)
        return values if attr.index is None else values[_index(attr.index)]

    def _remove_tensor(self, attr: Any) -> bool:
        label, name = quoted(attr.group_name), quoted(attr.attr_name)
        self._source.runs().gql(f"MATCH (n:{label}) REMOVE n.{name}")
        return self._source.columns.pop((attr.group_name, attr.attr_name), None) is not None

    def _get_tensor_size(self, attr: Any) -> tuple[int, ...]:
        return tuple(self._source.column(attr.group_name, attr.attr_name).shape)

    def get_all_tensor_attrs(self) -> list[Any]:
        """The properties that can be tensors: numbers, truth values and vectors of every node with the label."""
        runs, found = self._source.runs(), []
        for label in runs._session.names()[1]:
            for name in runs._session.names()[3]:
                where = f"MATCH (n:{quoted(label)}) WHERE n.{quoted(name)} IS NOT NULL RETURN n.{quoted(name)} LIMIT 1"
                values = runs.gql(where).fetchall()
                if values and (isinstance(values[0][0], (bool, int, float)) or hasattr(values[0][0], "shape")):
                    found.append(TensorAttr(group_name=label, attr_name=name))
        return found

    def __len__(self) -> int:
        return len(self.get_all_tensor_attrs())

    def __repr__(self) -> str:
        return f"FeatureStore({self._source.path or ':memory:'})"


class GraphStore(_GraphStore):
    """Edges as COO, CSC and CSR: an edge type is (label, edge label, label)."""

    def __init__(self, source: _Source) -> None:
        super().__init__()
        self.__dict__["_source"], self.__dict__["_kinds"] = source, None

    def _pairs(self, kind: Triple) -> tuple[Any, Any, int, int]:
        source, label, target = kind
        runs = self._source.runs()
        begins, ends, _ = _edges(runs, label, None)
        sources, targets = self._source.of(source)[0], self._source.of(target)[0]
        rows, from_here = _within(begins, sources)
        columns, to_here = _within(ends, targets)
        those = from_here & to_here
        return rows[those], columns[those], len(sources), len(targets)

    def _get_edge_index(self, edge_attr: Any) -> Any:
        rows, columns, height, width = self._pairs(edge_attr.edge_type)
        if edge_attr.layout == EdgeLayout.COO:
            return torch.from_numpy(rows), torch.from_numpy(columns)
        by_row = edge_attr.layout == EdgeLayout.CSR
        major, minor, count = (rows, columns, height) if by_row else (columns, rows, width)
        order = np.lexsort((minor, major))
        pointers = np.concatenate([[0], np.cumsum(np.bincount(major, minlength=count))]).astype(np.int64)
        first, second = torch.from_numpy(pointers), torch.from_numpy(np.ascontiguousarray(minor[order]))
        return (first, second) if by_row else (second, first)

    def _put_edge_index(self, edge_index: Any, edge_attr: Any) -> bool:
        source, label, target = edge_attr.edge_type
        first, second = (np.asarray(part.detach().cpu() if hasattr(part, "detach") else part) for part in edge_index)
        if edge_attr.layout == EdgeLayout.CSR:
            first = np.repeat(np.arange(len(first) - 1), np.diff(first))
        elif edge_attr.layout == EdgeLayout.CSC:
            second = np.repeat(np.arange(len(second) - 1), np.diff(second))
        sources, targets = self._source.of(source)[1], self._source.of(target)[1]
        # What is put takes the place of what was there.
        self._remove_edge_index(edge_attr)
        table = {"_from": sources[first].tolist(), "_to": targets[second].tolist()}
        if len(first):
            self._source.runs().insert_edges(label, table)
        self.__dict__["_kinds"] = None
        return True

    def _remove_edge_index(self, edge_attr: Any) -> bool:
        source, label, target = map(quoted, edge_attr.edge_type)
        result = self._source.runs().gql(f"MATCH (:{source})-[e:{label}]->(:{target}) DELETE e")
        self.__dict__["_kinds"] = None
        return bool(result.summary["edges_deleted"])

    def get_all_edge_attrs(self) -> list[Any]:
        """The kinds of edges, as COO, from which PyG makes what it needs."""
        if self._kinds is None:
            runs = self._source.runs()
            self.__dict__["_kinds"] = triples(runs, runs._session.names()[1], None)
        size = lambda kind: (len(self._source.of(kind[0])[0]), len(self._source.of(kind[2])[0]))  # noqa: E731
        return [EdgeAttr(kind, EdgeLayout.COO, False, size(kind)) for kind in self._kinds]

    def __repr__(self) -> str:
        return f"GraphStore({self._source.path or ':memory:'})"


def _index(index: Any) -> Any:
    return index.detach().cpu().numpy() if hasattr(index, "detach") else index


def stores(database: Database) -> tuple[FeatureStore, GraphStore]:
    """Both stores, of one database."""
    source = _Source(database)
    return FeatureStore(source), GraphStore(source)
