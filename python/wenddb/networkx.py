"""A backend of NetworkX: ``nx.pagerank(G, backend="wenddb")`` computes with WendDB's algorithms.

Only what gives NetworkX's own results is here. A call with options that WendDB has no equal of is left to NetworkX, which
``can_run`` tells it.
"""

from __future__ import annotations

from typing import Any

import networkx as nx

from ._database import connect
from ._tables import of_columns

__all__ = ["Backend", "WendGraph", "backend_info"]


class WendGraph:
    """A graph of NetworkX in a database in memory; its nodes are numbered in NetworkX's order."""

    __networkx_backend__ = "wenddb"

    def __init__(self, graph: Any, weight: str | None = None) -> None:
        self.names = list(graph)
        self.graph: dict[Any, Any] = dict(graph.graph)
        self._directed, self._multi = graph.is_directed(), graph.is_multigraph()
        at = {name: number for number, name in enumerate(self.names)}
        self.database = connect()
        if self.names:
            self.database.insert_nodes("Node", of_columns({"_id": list(map(str, range(len(self.names))))}))
        links = list(graph.edges(data=weight, default=1.0)) if weight is not None else list(graph.edges())
        self.weight = "weight" if weight is not None else None
        if links:
            columns: dict[str, Any] = {
                "_from": [str(at[link[0]]) for link in links],
                "_to": [str(at[link[1]]) for link in links],
            }
            if weight is not None:
                columns["weight"] = [float(link[2]) for link in links]
            self.database.insert_edges("EDGE", of_columns(columns))

    def is_directed(self) -> bool:
        return self._directed

    def is_multigraph(self) -> bool:
        return self._multi

    def __len__(self) -> int:
        return len(self.names)

    def orientation(self) -> str:
        return "natural" if self._directed else "undirected"


def _graph(graph: Any, weight: str | None = None) -> WendGraph:
    return graph if isinstance(graph, WendGraph) else WendGraph(graph, weight)


def _by_name(graph: WendGraph, values: Any) -> dict[Any, Any]:
    return dict(zip(graph.names, values.tolist()))


def _groups(graph: WendGraph, values: Any) -> list[set[Any]]:
    found: dict[int, set[Any]] = {}
    for name, group in zip(graph.names, values.tolist()):
        found.setdefault(group, set()).add(name)
    return list(found.values())


def pagerank(
    G: Any,  # noqa: N803
    alpha: float = 0.85,
    personalization: Any = None,
    max_iter: int = 100,
    tol: float = 1.0e-6,
    nstart: Any = None,
    weight: str | None = "weight",
    dangling: Any = None,
) -> dict[Any, float]:
    graph = _graph(G, weight)
    if not graph.names:
        return {}
    # NetworkX stops when all ranks together change by less than tol for each node.
    result = graph.database.algo.pagerank(
        damping=float(alpha),
        maxIterations=max_iter,
        tolerance=min(float(tol), 1e-9),
        orientation=graph.orientation(),
        weight=graph.weight,
    )
    return _by_name(graph, result["score"])


def betweenness_centrality(
    G: Any,
    k: Any = None,
    normalized: bool = True,
    weight: Any = None,
    endpoints: bool = False,
    seed: Any = None,  # noqa: N803
) -> dict[Any, float]:
    graph = _graph(G)
    result = graph.database.algo.betweenness(orientation=graph.orientation(), normalized=bool(normalized))
    return _by_name(graph, result["score"])


def closeness_centrality(G: Any, u: Any = None, distance: Any = None, wf_improved: bool = True) -> dict[Any, float]:  # noqa: N803
    graph = _graph(G)
    # NetworkX looks at the ways that lead to a node.
    towards = "reverse" if graph.is_directed() else "undirected"
    result = graph.database.algo.closeness(orientation=towards, wassermanFaust=bool(wf_improved))
    return _by_name(graph, result["score"])


def harmonic_centrality(G: Any, nbunch: Any = None, distance: Any = None, sources: Any = None) -> dict[Any, float]:  # noqa: N803
    graph = _graph(G)
    towards = "reverse" if graph.is_directed() else "undirected"
    return _by_name(graph, graph.database.algo.harmonic(orientation=towards)["score"])


def connected_components(G: Any) -> Any:  # noqa: N803
    graph = _graph(G)
    return iter(_groups(graph, graph.database.algo.wcc()["componentId"]))


def number_connected_components(G: Any) -> int:  # noqa: N803
    return sum(1 for _ in connected_components(G))


def is_connected(G: Any) -> bool:  # noqa: N803
    if len(G) == 0:
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return number_connected_components(G) == 1


weakly_connected_components = connected_components
number_weakly_connected_components = number_connected_components


def strongly_connected_components(G: Any) -> Any:  # noqa: N803
    graph = _graph(G)
    return iter(_groups(graph, graph.database.algo.scc()["componentId"]))


def number_strongly_connected_components(G: Any) -> int:  # noqa: N803
    return sum(1 for _ in strongly_connected_components(G))


def core_number(G: Any) -> dict[Any, int]:  # noqa: N803
    graph = _graph(G)
    return _by_name(graph, graph.database.algo.kcore()["coreness"])


def triangles(G: Any, nodes: Any = None) -> Any:  # noqa: N803
    graph = _graph(G)
    return _by_name(graph, graph.database.algo.triangles()["triangles"])


def clustering(G: Any, nodes: Any = None, weight: Any = None) -> Any:  # noqa: N803
    graph = _graph(G)
    return _by_name(graph, graph.database.algo.lcc(orientation="undirected")["coefficient"])


#: The functions, and for each the options that it has.
_FUNCTIONS: dict[str, tuple[Any, set[str]]] = {
    "pagerank": (pagerank, {"alpha", "max_iter", "tol", "weight"}),
    "betweenness_centrality": (betweenness_centrality, {"normalized"}),
    "closeness_centrality": (closeness_centrality, {"wf_improved"}),
    "harmonic_centrality": (harmonic_centrality, set()),
    "connected_components": (connected_components, set()),
    "number_connected_components": (number_connected_components, set()),
    "is_connected": (is_connected, set()),
    "weakly_connected_components": (weakly_connected_components, set()),
    "number_weakly_connected_components": (number_weakly_connected_components, set()),
    "strongly_connected_components": (strongly_connected_components, set()),
    "number_strongly_connected_components": (number_strongly_connected_components, set()),
    "core_number": (core_number, set()),
    "triangles": (triangles, set()),
    "clustering": (clustering, set()),
}

_DIRECTED = {
    "weakly_connected_components",
    "number_weakly_connected_components",
    "strongly_connected_components",
    "number_strongly_connected_components",
}
_UNDIRECTED = {"connected_components", "number_connected_components", "is_connected", "triangles", "clustering"}


class Backend:
    """What NetworkX asks: conversion, and whether a call can be run."""

    @staticmethod
    def convert_from_nx(graph: Any, *args: Any, edge_attrs: Any = None, weight: Any = None, name: Any = None, **_: Any) -> Any:
        if isinstance(graph, WendGraph):
            return graph
        attribute = weight or (next(iter(edge_attrs), None) if edge_attrs else None)
        return WendGraph(graph, attribute)

    @staticmethod
    def convert_to_nx(result: Any, *args: Any, **_: Any) -> Any:
        return result

    @staticmethod
    def can_run(name: str, args: Any, kwargs: Any) -> Any:
        if name not in _FUNCTIONS:
            return f"{name} is not one of WendDB's"
        graph = args[0] if args else kwargs.get("G")
        if graph is not None and name in _DIRECTED and not graph.is_directed():
            return "the graph is undirected"
        if graph is not None and name in _UNDIRECTED and graph.is_directed():
            return "the graph is directed"
        if graph is not None and graph.is_multigraph() and name not in _DIRECTED | _UNDIRECTED - {"triangles", "clustering"}:
            return "the graph has parallel edges"
        known = _FUNCTIONS[name][1]
        if len(args) > 1 and name != "pagerank" and args[1] is not None:
            return "an option given by position"
        for option, value in kwargs.items():
            if (
                option not in known
                and option not in ("G", "backend", "backend_kwargs")
                and value is not None
                and value is not False
            ):
                return f"the option {option}"
        return True

    @staticmethod
    def should_run(name: str, args: Any, kwargs: Any) -> Any:
        return True


for _name, (_function, _) in _FUNCTIONS.items():
    setattr(Backend, _name, staticmethod(_function))


def backend_info() -> dict[str, Any]:
    """What NetworkX shows of the backend."""
    return {
        "backend_name": "wenddb",
        "project": "wenddb",
        "package": "wenddb",
        "url": "https://github.com/wenddb/wenddb",
        "short_summary": "Graph algorithms of WendDB, with the same bits for any number of threads",
        "functions": {name: {} for name in _FUNCTIONS},
    }
