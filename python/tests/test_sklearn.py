"""Estimators."""

from __future__ import annotations

import numpy as np
import pytest

import wenddb

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
sparse = pytest.importorskip("scipy.sparse", reason="scipy is not installed")

from sklearn.base import clone  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from wenddb.sklearn import GNN, FastRP, Node2Vec  # noqa: E402


def two_cliques():
    clique = np.ones((8, 8)) - np.eye(8)
    matrix = np.block([[clique, np.zeros((8, 8))], [np.zeros((8, 8)), clique]])
    matrix[0, 8] = matrix[8, 0] = 1
    return sparse.csr_matrix(matrix), np.array([0] * 8 + [1] * 8)


def test_estimators_follow_the_rules_of_scikit_learn():
    graph, _ = two_cliques()
    model = Node2Vec(16, random_state=7, p=0.5)
    assert model.get_params()["n_components"] == 16 and "p=0.5" in repr(model)
    first = model.fit_transform(graph)
    assert first.shape == (16, 16) and first.dtype == np.float32 and model.node_ids_.tolist() == list(range(16))
    assert np.array_equal(clone(model).fit_transform(graph), first)
    assert model.transform(graph) is model.embedding_
    assert model.set_params(n_components=8).fit_transform(graph).shape == (16, 8)
    assert len(model.get_feature_names_out()) == 8
    with pytest.raises(NotImplementedError, match="another graph"):
        model.transform(two_cliques()[0].copy())
    with pytest.raises(Exception, match="no vectors yet"):
        FastRP().transform(graph)


def test_pipelines():
    graph, y = two_cliques()
    pipeline = make_pipeline(FastRP(8), StandardScaler(), LogisticRegression())
    assert pipeline.fit(graph, y).score(graph, y) == 1.0


def test_all_kinds_of_graphs_give_the_same(karate):
    graph, _ = two_cliques()
    edges = np.argwhere(sparse.triu(graph).toarray())
    expected = FastRP(8).fit_transform(graph)
    assert np.array_equal(FastRP(8).fit_transform(edges), expected)
    assert np.array_equal(FastRP(8).fit_transform(np.column_stack([edges, np.ones(len(edges))])), expected)
    nx = pytest.importorskip("networkx", reason="networkx is not installed")
    other = nx.Graph()
    other.add_nodes_from(f"n{number}" for number in range(16))
    other.add_edges_from((f"n{a}", f"n{b}") for a, b in edges)
    model = FastRP(8)
    assert np.array_equal(model.fit_transform(other), expected) and model.node_ids_[3] == "n3"
    assert FastRP(8).fit_transform(karate).shape == (34, 8)
    with pytest.raises(TypeError, match="is no graph"):
        FastRP().fit_transform("x")


def test_weights_count():
    graph, _ = two_cliques()
    weighted = graph.copy()
    weighted[0, 8] = weighted[8, 0] = 100
    assert not np.array_equal(FastRP(8).fit_transform(weighted), FastRP(8).fit_transform(graph))


def test_gnn():
    graph, y = two_cliques()
    partly = y.copy()
    partly[[3, 4, 5, 11, 12, 13]] = -1
    model = GNN(16, features=np.eye(16), model="gcn", epochs=100).fit(graph, partly)
    assert (model.predict(graph) == y).mean() > 0.9 and model.classes_.tolist() == [0, 1]
    assert model.embedding_.shape == (16, 16)
    assert GNN(8, epochs=2).fit_transform(graph).shape == (16, 8)
    with pytest.raises(ValueError, match="16 nodes"):
        GNN().fit(graph, y[:3])
    assert isinstance(wenddb.sklearn.GNN(), GNN)
