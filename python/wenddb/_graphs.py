"""Graphs of other libraries in, and networkx out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ._database import quoted
from ._tables import of_columns


def arrays(graph: Any) -> tuple[int, Any, Any, Any, list[Any] | None, bool]:
    """A graph of any library as edges between numbers: how many nodes, from where, to where, weights or None, the library's names of
    the nodes or None, and whether edges have a direction."""
    module = type(graph).__module__.partition(".")[0]
    if module == "scipy" or hasattr(graph, "tocoo"):
        matrix = graph.tocoo()
        if matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"an adjacency matrix is square; this is {matrix.shape[0]} x {matrix.shape[1]}")
        weights = np.asarray(matrix.data, dtype=np.float64)
        same = matrix.shape[0] and (abs(graph - graph.T)).nnz == 0
        rows, columns = matrix.row.astype(np.int64), matrix.col.astype(np.int64)
        if same:
            # Each edge stands twice in a symmetric matrix.
            once = rows <= columns
            rows, columns, weights = rows[once], columns[once], weights[once]
        return matrix.shape[0], rows, columns, None if (weights == 1).all() else weights, None, not same
    if hasattr(graph, "edge_index"):
        pairs = graph.edge_index.detach().cpu().numpy()
        weights = getattr(graph, "edge_weight", None)
        weights = None if weights is None else weights.detach().cpu().numpy().astype(np.float64)
        return int(graph.num_nodes), pairs[0], pairs[1], weights, None, True
    if hasattr(graph, "get_edgelist") and hasattr(graph, "vs"):
        pairs = np.asarray(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
        weights = np.asarray(graph.es["weight"], dtype=np.float64) if "weight" in graph.es.attributes() else None
        names = list(graph.vs["name"]) if "name" in graph.vs.attributes() else None
        return graph.vcount(), pairs[:, 0], pairs[:, 1], weights, names, graph.is_directed()
    if hasattr(graph, "adjacency") and hasattr(graph, "nodes"):
        names = list(graph.nodes)
        at = {name: number for number, name in enumerate(names)}
        edges = list(graph.edges(data="weight"))
        sources = np.fromiter((at[edge[0]] for edge in edges), np.int64, len(edges))
        targets = np.fromiter((at[edge[1]] for edge in edges), np.int64, len(edges))
        weights = np.asarray([1.0 if edge[2] is None else edge[2] for edge in edges], dtype=np.float64)
        return len(names), sources, targets, None if (weights == 1).all() else weights, names, graph.is_directed()
    table = np.asarray(graph)
    if table.ndim == 2 and table.shape[1] in (2, 3) and table.dtype.kind in "iuf":
        pairs = table[:, :2].astype(np.int64)
        if (pairs < 0).any():
            raise ValueError("an edge list has the numbers of nodes from 0; this has a negative one")
        count = int(pairs.max()) + 1 if len(pairs) else 0
        return count, pairs[:, 0], pairs[:, 1], table[:, 2].astype(np.float64) if table.shape[1] == 3 else None, None, True
    raise TypeError(
        f"a {type(graph).__module__}.{type(graph).__name__} is no graph: pass a graph of networkx or igraph, a square matrix of "
        "scipy.sparse, a Data of PyG, or an array of edges with 2 or 3 columns (from, to, weight)"
    )


def insert(runs: Any, graph: Any, label: str | None, edge_label: str, id: str | None) -> tuple[int, int]:  # noqa: A002
    """Inserts a graph; how many nodes and edges."""
    if hasattr(graph, "edge_types") and hasattr(graph, "node_types"):
        return _hetero(runs, graph)
    if hasattr(graph, "adjacency") and hasattr(graph, "nodes"):
        return _networkx(runs, graph, label, edge_label, id)
    if hasattr(graph, "get_edgelist") and hasattr(graph, "vs"):
        return _igraph(runs, graph, label, edge_label, id)
    if id is not None:
        raise ValueError("id names an attribute of nodes, which only graphs of networkx and igraph have")
    count, sources, targets, weights, _, _ = arrays(graph)
    ids = np.arange(count)
    properties = _tensors(graph, count) if hasattr(graph, "edge_index") else {}
    edges: dict[str, Any] = {"_from": sources, "_to": targets}
    if weights is not None:
        edges["weight"] = weights
    labels = [] if label is None else [label]
    nodes = runs._session.load_nodes(labels, of_columns({"_id": ids, **properties}), "_id", False)
    return nodes, _edges(runs, edge_label, edges)


def _edges(runs: Any, label: str | None, columns: Mapping[str, Any]) -> int:
    if len(columns["_from"]) == 0:
        return 0
    return int(runs._session.load_edges(label, of_columns(columns), "_from", "_to"))


def _columns(rows: Iterable[Mapping[str, Any]], left_out: Iterable[str]) -> dict[str, list[Any]]:
    """Attributes of elements as columns; what one does not have is None there."""
    rows = list(rows)
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names if name not in left_out}


def _networkx(runs: Any, graph: Any, label: str | None, edge_label: str, id: str | None) -> tuple[int, int]:  # noqa: A002
    data = list(graph.nodes(data=True))
    names = {node: str(node if id is None else attributes[id]) for node, attributes in data}
    labelled = any("_labels" in attributes for _, attributes in data)
    columns = _columns((attributes for _, attributes in data), {"_id", "_labels", id} - {None})
    nodes: dict[str, Any] = {"_id": [names[node] for node, _ in data], **columns}
    if labelled:
        nodes["_labels"] = [_joined(attributes.get("_labels", label or "")) for _, attributes in data]
    count = runs._session.load_nodes([] if label is None else [label], of_columns(nodes), "_id", False) if data else 0
    links = list(graph.edges(data=True))
    edges: dict[str, Any] = {
        "_from": [names[link[0]] for link in links],
        "_to": [names[link[1]] for link in links],
        **_columns((link[2] for link in links), {"_from", "_to", "_label", "_id"}),
    }
    if any("_label" in link[2] for link in links):
        edges["_label"] = [link[2].get("_label", edge_label) for link in links]
    return count, _edges(runs, edge_label, edges)


def _joined(labels: Any) -> str:
    return labels if isinstance(labels, str) else "&".join(labels)


def _igraph(runs: Any, graph: Any, label: str | None, edge_label: str, id: str | None) -> tuple[int, int]:  # noqa: A002
    attributes = graph.vs.attributes()
    name = id or ("name" if "name" in attributes else None)
    ids = [str(one) for one in (graph.vs[name] if name else range(graph.vcount()))]
    nodes = {"_id": ids, **{one: list(graph.vs[one]) for one in attributes if one not in ("_id", name)}}
    count = runs._session.load_nodes([] if label is None else [label], of_columns(nodes), "_id", False) if ids else 0
    pairs = graph.get_edgelist()
    edges: dict[str, Any] = {"_from": [ids[a] for a, _ in pairs], "_to": [ids[b] for _, b in pairs]}
    edges.update({one: list(graph.es[one]) for one in graph.es.attributes()})
    return count, _edges(runs, edge_label, edges)


def _tensors(store: Any, count: int) -> dict[str, Any]:
    """The tensors of a PyG store that have a row for each node: matrices become VECTORs, others numbers."""
    found: dict[str, Any] = {}
    for name, value in store.items():
        if name.startswith("edge_") or not hasattr(value, "detach") or value.dim() == 0 or value.shape[0] != count:
            continue
        array = value.detach().cpu().numpy()
        if array.ndim <= 2:
            found[name] = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind != "f" else array
    return found


def _hetero(runs: Any, graph: Any) -> tuple[int, int]:
    nodes = edges = 0
    for kind in graph.node_types:
        count = int(graph[kind].num_nodes)
        ids = [f"{kind}:{number}" for number in range(count)]
        nodes += runs._session.load_nodes([kind], of_columns({"_id": ids, **_tensors(graph[kind], count)}), "_id", False)
    for source, label, target in graph.edge_types:
        pairs = graph[source, label, target].edge_index.detach().cpu().numpy()
        columns = {
            "_from": [f"{source}:{number}" for number in pairs[0].tolist()],
            "_to": [f"{target}:{number}" for number in pairs[1].tolist()],
        }
        edges += _edges(runs, label, columns)
    return nodes, edges


def to_networkx(runs: Any, node_labels: list[str] | None, edge_labels: list[str] | None, properties: bool) -> Any:
    """A MultiDiGraph of ``_id``s; labels are the attributes ``_labels`` and ``_label``."""
    import networkx

    graph = networkx.MultiDiGraph()
    among = "" if node_labels is None else ":" + "|".join(map(quoted, node_labels))
    along = "" if edge_labels is None else ":" + "|".join(map(quoted, edge_labels))
    if not properties:
        csr = runs.csr(edge_labels, nodes=node_labels)
        ids = csr.ids.tolist()
        graph.add_nodes_from(ids)
        sources, targets = csr.edge_index()
        graph.add_edges_from((ids[a], ids[b]) for a, b in zip(sources.tolist(), targets.tolist()))
        return graph
    for (node,) in runs.gql(f"MATCH (n{among}) RETURN n"):
        graph.add_node(node.id, _labels=sorted(node.labels), **node.properties)
    for (edge,) in runs.gql(f"MATCH (a{among})-[e{along}]->(b{among}) RETURN e"):
        graph.add_edge(edge.src, edge.dst, _label=edge.label, **edge.properties)
    return graph
