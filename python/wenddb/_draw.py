"""Results as pictures: graphs and embeddings as pages that stand alone, drawings as SVG, plots of matplotlib."""

from __future__ import annotations

import math
import os
from html import escape
from typing import Any

import numpy as np

from ._page import Page
from ._types import Edge, Node, brief

#: Of the qualitative palette of Okabe and Ito (2008), which colour-blind readers can tell apart.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442"]

#: More is no picture any more.
MOST = 2000

#: Of more vectors every second, third, ... is drawn.
MOST_POINTS = 1_000_000


class Graph:
    """Nodes and edges of a result. In a notebook it shows itself as a drawing; ``show()`` opens a page in which it can be explored, which needs no
    network."""

    def __init__(self, nodes: dict[str, Node], edges: dict[str, Edge]) -> None:
        self.nodes, self.edges = nodes, edges

    def _ids(self) -> list[str]:
        ends = [end for edge in self.edges.values() for end in (edge.src, edge.dst)]
        return list(dict.fromkeys([*self.nodes, *ends]))

    def _must_be_few(self, ids: list[str]) -> None:
        if len(ids) > MOST:
            raise ValueError(f"a drawing of {len(ids)} nodes shows nothing; LIMIT the result to {MOST}")

    def to_networkx(self) -> Any:
        """The same as a ``networkx.MultiDiGraph``."""
        import networkx

        graph = networkx.MultiDiGraph()
        graph.add_nodes_from(self._ids())
        for node in self.nodes.values():
            graph.add_node(node.id, _labels=sorted(node.labels), **node.properties)
        for edge in self.edges.values():
            graph.add_edge(edge.src, edge.dst, _label=edge.label, **edge.properties)
        return graph

    def html(self, *, caption: str | None = None, color: str | None = None, width: int = 800, height: int = 600) -> str:
        """A drawing as SVG in HTML: names by the property ``caption`` (default ``name``, else the ``_id``), colours by the property
        ``color`` (default: by label). Pointing at a node shows its properties."""
        ids = self._ids()
        self._must_be_few(ids)
        at = {one: number for number, one in enumerate(ids)}
        pairs = np.array([(at[e.src], at[e.dst]) for e in self.edges.values()], dtype=np.int64).reshape(-1, 2)
        places = layout(len(ids), pairs)
        places = places * [width - 80, height - 80] + 40
        groups = {one: self._group(one, color) for one in ids}
        known = sorted(set(groups.values()))
        colours = {group: COLOURS[number % len(COLOURS)] for number, group in enumerate(known)}
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" '
            f'style="max-width:{width}px;font:11px sans-serif;background:#fff">'
            '<defs><marker id="wend-arrow" viewBox="0 0 10 10" refX="18" refY="5" markerWidth="6" markerHeight="6" '
            'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#999"/></marker></defs>'
        ]
        for edge, (a, b) in zip(self.edges.values(), pairs.tolist()):
            title = escape(repr(edge))
            if a == b:
                x, y = places[a]
                parts.append(
                    f'<path d="M{x:.1f} {y:.1f}c-30 -40 30 -40 0 0" fill="none" stroke="#999"><title>{title}</title></path>'
                )
                continue
            (x1, y1), (x2, y2) = places[a], places[b]
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#999" marker-end="url(#wend-arrow)">'
                f"<title>{title}</title></line>"
            )
        for one in ids:
            x, y = places[at[one]]
            parts.append(
                f'<g><title>{escape(self._title(one))}</title><circle cx="{x:.1f}" cy="{y:.1f}" r="8" '
                f'fill="{colours[groups[one]]}" stroke="#fff"/>'
                f'<text x="{x + 10:.1f}" y="{y + 4:.1f}" fill="#222">{escape(self._caption(one, caption))}</text></g>'
            )
        for number, group in enumerate(known if len(known) > 1 else []):
            y = 16 + 16 * number
            parts.append(f'<circle cx="12" cy="{y}" r="5" fill="{colours[group]}"/><text x="22" y="{y + 4}">{escape(group)}</text>')
        return "".join(parts) + "</svg>"

    def _group(self, one: str, color: str | None) -> str:
        node = self.nodes.get(one)
        if node is None:
            return ""
        return ", ".join(sorted(node.labels)) if color is None else brief(node.properties.get(color), 30)

    def _caption(self, one: str, caption: str | None) -> str:
        node = self.nodes.get(one)
        value = None if node is None else node.properties.get(caption or "name")
        return one if value is None else brief(value, 24)

    def _title(self, one: str) -> str:
        node = self.nodes.get(one)
        return one if node is None else repr(node)

    def page(self, *, color: str | None = None, title: str = "graph") -> Page:
        """A page in which the graph can be moved, searched and coloured by any property; ``color`` is the first."""
        from ._wenddb import graph_page

        ids = self._ids()
        self._must_be_few(ids)
        # Of an end that only its edge names, no more is known.
        known = {one: self.nodes.get(one, Node(one, [], {})) for one in ids}
        nodes = [(one, sorted(node.labels), node.properties) for one, node in known.items()]
        edges = [(edge.id, edge.label, edge.src, edge.dst, edge.properties) for edge in self.edges.values()]
        return Page(graph_page(title, nodes, edges, color), f"{len(ids)} nodes, {len(edges)} edges")

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Writes ``page()`` to a file, or where its name ends in ``.svg`` the drawing of ``html()``."""
        if os.fspath(path).lower().endswith(".svg"):
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.html(**options))
        else:
            self.page(**options).save(path)

    def show(self, **options: Any) -> str | None:
        """Shows ``page()``: in a notebook here, otherwise in a browser."""
        return self.page(**options).show()

    def _repr_html_(self) -> str:
        return self.html() if len(self._ids()) <= MOST else f"<pre>{escape(repr(self))}</pre>"

    def __repr__(self) -> str:
        return f"<wenddb.Graph: {len(self.nodes)} nodes, {len(self.edges)} edges>"


def layout(count: int, pairs: Any, rounds: int = 120) -> Any:
    """Places in the unit square by forces (Fruchterman and Reingold 1991), from a spiral, so that every run gives the same."""
    if count == 0:
        return np.zeros((0, 2))
    turns = np.arange(count) * (math.pi * (3 - math.sqrt(5)))
    places = np.stack([np.cos(turns), np.sin(turns)], axis=1) * np.sqrt((np.arange(count) + 0.5) / count)[:, None]
    apart = 1.0 / math.sqrt(count)
    for step in range(rounds):
        force = np.zeros_like(places)
        for start in range(0, count, 256):
            away = places[start : start + 256, None, :] - places[None, :, :]
            square = (away**2).sum(axis=2) + 1e-6
            force[start : start + 256] = (away * (apart**2 / square)[:, :, None]).sum(axis=1)
        if len(pairs):
            along = places[pairs[:, 0]] - places[pairs[:, 1]]
            pull = along * (np.sqrt((along**2).sum(axis=1) + 1e-9) / apart)[:, None]
            np.add.at(force, pairs[:, 0], -pull)
            np.add.at(force, pairs[:, 1], pull)
        # Parts that nothing holds together do not drift away.
        force -= places * 0.5
        length = np.sqrt((force**2).sum(axis=1)) + 1e-9
        places += force / length[:, None] * np.minimum(length, 0.1 * (1 - step / rounds))[:, None]
    low, high = places.min(axis=0), places.max(axis=0)
    return (places - low) / np.where(high > low, high - low, 1.0) if count > 1 else np.full((1, 2), 0.5)


def plane(matrix: Any) -> Any:
    """The two directions in which rows differ most (principal components), with signs that do not depend on the machine."""
    centred = np.asarray(matrix, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    if centred.shape[1] == 1:
        return np.concatenate([centred, np.zeros_like(centred)], axis=1)
    _, directions = np.linalg.eigh(centred.T @ centred)
    chosen = directions[:, ::-1][:, :2]
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    return centred @ (chosen * np.where(signs == 0, 1, signs))


def plot_vectors(result: Any, color: Any, method: str, ax: Any, size: float) -> Any:
    """Draws the vectors of a result in the plane: a page, or on axes of matplotlib."""
    if method != "pca":
        raise ValueError(f"method is {method!r}; it takes 'pca'")
    values = _values(result, color) if isinstance(color, str) else color
    if ax is not None:
        return _on_axes(result, values, color, ax, size)
    from ._wenddb import map_page

    step = -(-len(result) // MOST_POINTS) or 1
    ids = result.ids.tolist()[::step]
    places = np.ascontiguousarray(plane(result.matrix)[::step], dtype=np.float32)
    colors = None
    if values is not None:
        if len(values) != len(result):
            raise ValueError(f"there are {len(values)} colours for {len(result)} vectors")
        colors = (values.tolist() if hasattr(values, "tolist") else list(values))[::step]
    title = f"algo.{result.algorithm}" + (f", by {color}" if isinstance(color, str) else "")
    return Page(map_page(title, len(result), ids, places, colors), f"{len(ids)} points")


def _on_axes(result: Any, values: Any, color: Any, ax: Any, size: float) -> Any:
    places = plane(result.matrix)
    if values is None:
        ax.scatter(places[:, 0], places[:, 1], s=size, color=COLOURS[0])
        return ax
    values = np.asarray(values, dtype=object) if not hasattr(values, "dtype") else values
    if values.dtype.kind in "fiu" and len(np.unique(values)) > len(COLOURS):
        drawn = ax.scatter(places[:, 0], places[:, 1], s=size, c=values.astype(float), cmap="viridis")
        ax.figure.colorbar(drawn, ax=ax, label=color if isinstance(color, str) else None)
        return ax
    texts = np.array([brief(value, 30) for value in values.tolist()], dtype=object)
    for number, group in enumerate(sorted(set(texts.tolist()))):
        those = texts == group
        ax.scatter(places[those, 0], places[those, 1], s=size, color=COLOURS[number % len(COLOURS)], label=group)
    ax.legend(title=color if isinstance(color, str) else None, loc="best")
    return ax


def _values(result: Any, name: str) -> Any:
    """A property of the nodes of a result, in its order."""
    from ._database import quoted

    if name in result.columns:
        return result[name]
    text = f"FOR id IN $ids MATCH (n {{_id: id}}) RETURN id, n.{quoted(name)} AS value"
    known = {row[0]: row[1] for row in result._runs.gql(text, ids=result.ids.tolist())}
    if all(value is None for value in known.values()):
        raise KeyError(f"no node of the result has a property {name!r}")
    return np.array([known.get(one) for one in result.ids.tolist()], dtype=object)
