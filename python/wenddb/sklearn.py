"""Embeddings as estimators of scikit-learn: ``Node2Vec(n_components=64).fit_transform(graph)``.

A graph is a square matrix of scipy.sparse, an array of edges (from, to[, weight]), a graph of networkx or igraph, a Data of PyG, or a
database. Row i of the result is node i; ``node_ids_`` names them. The same graph, parameters and ``random_state`` give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from ._database import Database, connect
from ._graphs import arrays
from ._tables import of_columns

__all__ = ["GNN", "FastRP", "Node2Vec"]


def _loaded(graph: Any, y: Any = None, features: Any = None) -> tuple[Database, Any, bool]:
    """A database with the graph, the names of its nodes, and whether edges have weights."""
    count, sources, targets, weights, names, _ = arrays(graph)
    columns: dict[str, Any] = {"_id": np.arange(count)}
    if features is not None:
        matrix = np.asarray(features.todense() if hasattr(features, "todense") else features, dtype=np.float32)
        columns["x"] = matrix.reshape(count, -1)
    if y is not None:
        columns["y"] = _target(y, count)
    database = connect()
    if count:
        database.insert_nodes("Node", of_columns(columns))
    edges: dict[str, Any] = {"_from": sources, "_to": targets}
    if weights is not None:
        edges["weight"] = weights
    if len(sources):
        database.insert_edges("EDGE", of_columns(edges))
    return database, np.array(names, dtype=object) if names is not None else np.arange(count), weights is not None


def _target(y: Any, count: int) -> list[Any]:
    """Classes or numbers to be learned; None, NaN and -1 among integers stand for a node without one, as in scikit-learn."""
    values = y.tolist() if hasattr(y, "tolist") else list(y)
    if len(values) != count:
        raise ValueError(f"y has {len(values)} values, and the graph {count} nodes")
    whole = all(value is None or isinstance(value, (int, bool)) for value in values)
    return [None if value is None or value != value or (whole and value == -1) else value for value in values]


class _Embedding(TransformerMixin, BaseEstimator):
    """What embeds a graph. It belongs to the graph that it was fitted on: other nodes have no vector."""

    embedding_: Any
    node_ids_: Any

    def _call(self, database: Database, weighted: bool) -> Any:
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803
        """Embeds the graph; ``embedding_`` has the vectors."""
        if isinstance(X, Database):
            result = self._call(X, False)
            self.node_ids_ = result.ids
        else:
            database, self.node_ids_, weighted = _loaded(X)
            with database:
                result = self._call(database, weighted)
        self.embedding_ = result.matrix
        self.n_features_out_ = self.embedding_.shape[1]
        self._fitted = X
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: N803
        """The vectors: float32, a row for each node."""
        return self.fit(X, y).embedding_

    def transform(self, X: Any) -> Any:  # noqa: N803
        """The vectors of the graph that it was fitted on."""
        if not hasattr(self, "embedding_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"{type(self).__name__} has no vectors yet: fit_transform(graph) makes them")
        if X is not self._fitted:
            raise NotImplementedError(
                f"{type(self).__name__} embeds the nodes of the graph that it was fitted on, and this is another graph: "
                "vectors of two graphs cannot be compared. Use fit_transform, or the model of GNN, which learns from features"
            )
        return self.embedding_

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Names of the columns."""
        return np.array([f"{type(self).__name__.lower()}{at}" for at in range(self.n_features_out_)], dtype=object)


class Node2Vec(_Embedding):
    """node2vec: second-order random walks, made vectors (algo.node2vec)."""

    def __init__(
        self,
        n_components: int = 128,
        *,
        p: float = 1.0,
        q: float = 1.0,
        walk_length: int = 80,
        walks_per_node: int = 10,
        window: int = 10,
        method: str = "projection",
        random_state: int = 42,
    ) -> None:
        self.n_components, self.p, self.q = n_components, p, q
        self.walk_length, self.walks_per_node, self.window = walk_length, walks_per_node, window
        self.method, self.random_state = method, random_state

    def _call(self, database: Database, weighted: bool) -> Any:
        return database.algo.node2vec(
            dimensions=self.n_components,
            p=float(self.p),
            q=float(self.q),
            walkLength=self.walk_length,
            walksPerNode=self.walks_per_node,
            window=self.window,
            method=self.method,
            seed=self.random_state,
            weight="weight" if weighted else None,
        )


class FastRP(_Embedding):
    """Fast random projection (algo.fastrp)."""

    def __init__(
        self,
        n_components: int = 128,
        *,
        iteration_weights: tuple[float, ...] = (0.0, 1.0, 1.0),
        normalization_strength: float = 0.0,
        random_state: int = 42,
    ) -> None:
        self.n_components, self.iteration_weights = n_components, iteration_weights
        self.normalization_strength, self.random_state = normalization_strength, random_state

    def _call(self, database: Database, weighted: bool) -> Any:
        return database.algo.fastrp(
            dimensions=self.n_components,
            iterationWeights=[float(weight) for weight in self.iteration_weights],
            normalizationStrength=float(self.normalization_strength),
            seed=self.random_state,
            weight="weight" if weighted else None,
        )


class GNN(ClassifierMixin, _Embedding):
    """A graph neural network (algo.gnn_embed): without ``y`` it learns vectors from the structure, with ``y`` classes or numbers of
    nodes, of which those that are None, NaN or -1 are predicted.

    Features of nodes are the ``x`` of a PyG Data, or ``features``; without them each node learns a vector of its own.
    """

    def __init__(
        self,
        n_components: int = 64,
        *,
        model: str = "graphsage",
        layers: int = 2,
        epochs: int = 200,
        dropout: float = 0.5,
        learning_rate: float = 0.01,
        features: Any = None,
        random_state: int = 42,
    ) -> None:
        self.n_components, self.model, self.layers, self.epochs = n_components, model, layers, epochs
        self.dropout, self.learning_rate, self.features = dropout, learning_rate, features
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Any:  # noqa: N803
        """Trains; ``embedding_`` has the vectors, ``prediction_`` what is predicted for each node."""
        features = self.features if self.features is not None else _features(X)
        given: dict[str, Any] = {
            "model": self.model,
            "dimensions": self.n_components,
            "layers": self.layers,
            "epochs": self.epochs,
            "dropout": float(self.dropout),
            "learningRate": float(self.learning_rate),
            "seed": self.random_state,
        }
        database, self.node_ids_, weighted = _loaded(X, y, features)
        with database:
            given["features"] = ["x"] if features is not None else []
            if weighted:
                given["weight"] = "weight"
            if y is not None:
                # Nodes without a target are seen, and asked for by name they get a prediction.
                result = database.algo.gnn_embed(**given, target="y", nodes=[str(at) for at in range(len(self.node_ids_))])
                self.prediction_ = result["prediction"]
                kinds = {type(value) for value in self.prediction_.tolist()}
                if kinds == {float} or kinds == {int}:
                    self.prediction_ = np.array(self.prediction_.tolist())
                self.classes_ = np.array(sorted(set(_known(y))))
            else:
                result = database.algo.gnn_embed(**given)
        self.embedding_ = result.matrix
        self.n_features_out_ = self.embedding_.shape[1]
        self._fitted = X
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """What is predicted for each node of the graph that it was fitted on."""
        self.transform(X)
        if not hasattr(self, "prediction_"):
            raise ValueError("GNN was fitted without y, so that it predicts nothing")
        return self.prediction_


def _features(graph: Any) -> Any:
    x = getattr(graph, "x", None)
    return None if x is None or not hasattr(x, "detach") else x.detach().cpu().numpy()


def _known(y: Any) -> list[Any]:
    return [value for value in _target(y, len(y)) if value is not None]
