"""PyTorch Geometric: Data and HeteroData in and out, stores."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import wenddb

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("torch_geometric", reason="torch_geometric is not installed")

from torch_geometric.data import Data, HeteroData  # noqa: E402


@pytest.fixture
def papers(db):
    db.insert_nodes(
        "Paper",
        {"_id": list("pqr"), "f": [0.5, 1.5, 2.5], "v": np.eye(3), "subject": ["ml", "db", "ml"], "train": [True, False, True]},
    )
    db.insert_nodes("Author", {"_id": list("ab"), "h": [3, 4]})
    db.insert_edges("CITES", {"_from": ["q", "r", "r"], "_to": ["p", "p", "q"], "w": [1.0, 2.0, 3.0]})
    db.insert_edges("WROTE", {"_from": ["a", "b"], "_to": ["r", "p"]})
    return db


def test_a_data(papers):
    nodes = {"Paper": {"x": ["f", "v"], "y": "subject", "train_mask": "train"}}
    data, ids = papers.to_pyg(nodes, ["CITES"], weight="w")
    assert isinstance(data, Data) and ids.tolist() == list("pqr")
    assert data.x.tolist() == [[0.5, 1, 0, 0], [1.5, 0, 1, 0], [2.5, 0, 0, 1]] and data.x.dtype == torch.float32
    assert data.y.tolist() == [1, 0, 1] and data.y_classes == ["db", "ml"] and data.train_mask.dtype == torch.bool
    assert data.edge_index.tolist() == [[1, 2, 2], [0, 0, 1]] and data.edge_weight.tolist() == [1, 2, 3]
    assert data.validate()


def test_a_hetero_data(papers):
    data, ids = papers.to_pyg({"Paper": {"x": ["v"]}, "Author": {"x": ["h"]}})
    assert isinstance(data, HeteroData) and set(data.edge_types) == {("Paper", "CITES", "Paper"), ("Author", "WROTE", "Paper")}
    assert data["Author", "WROTE", "Paper"].edge_index.tolist() == [[0, 1], [2, 0]] and ids["Author"].tolist() == ["a", "b"]
    assert data.validate() and data["Author"].x.tolist() == [[3], [4]]
    whole, _ = papers.to_pyg()
    assert set(whole.node_types) == {"Paper", "Author"} and whole["Paper"].num_nodes == 3
    with wenddb.connect() as other:
        assert other.insert_graph(data) == (5, 5)
        again, _ = other.to_pyg({"Paper": {"x": ["x"]}, "Author": {"x": ["x"]}})
        assert torch.equal(again["Paper"].x, data["Paper"].x)
        for kind in data.edge_types:
            assert torch.equal(again[kind].edge_index, data[kind].edge_index)


def test_data_in(db):
    data = Data(x=torch.eye(3), y=torch.tensor([0, 1, 0]), edge_index=torch.tensor([[0, 1], [1, 2]]))
    assert db.insert_graph(data, label="N", edge_label="E") == (3, 2)
    back, _ = db.to_pyg({"N": {"x": ["x"], "y": "y"}})
    assert torch.equal(back.x, data.x) and torch.equal(back.y, data.y) and torch.equal(back.edge_index, data.edge_index)


def test_what_has_no_number_is_named(papers):
    papers.gql("INSERT (:Paper {_id: 's'})")
    with pytest.raises(wenddb.DataError, match="1 nodes with the label `Paper` have no `f`, such as 's'"):
        papers.to_pyg({"Paper": {"x": ["f"]}})
    data, _ = papers.to_pyg({"Paper": {"y": "subject"}}, ["CITES"])
    assert data.y.tolist() == [1, 0, 1, -1]


def test_stores(papers):
    features, graph = papers.pyg_stores()
    known = {(attr.group_name, attr.attr_name) for attr in features.get_all_tensor_attrs()}
    assert known == {("Paper", "f"), ("Paper", "v"), ("Paper", "train"), ("Author", "h")}
    assert features["Paper", "v", torch.tensor([2, 0])].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert features.get_tensor_size(group_name="Paper", attr_name="v", index=None) == (3, 3)
    kind = ("Paper", "CITES", "Paper")
    row, column = graph.get_edge_index(edge_type=kind, layout="coo")
    assert (row.tolist(), column.tolist()) == ([1, 2, 2], [0, 0, 1])
    pointers, columns = graph.get_edge_index(edge_type=kind, layout="csr")
    assert (pointers.tolist(), columns.tolist()) == ([0, 0, 1, 3], [0, 0, 1])
    rows, pointers = graph.get_edge_index(edge_type=kind, layout="csc")
    assert (rows.tolist(), pointers.tolist()) == ([1, 2, 2], [0, 2, 3, 3])
    assert features.put_tensor(torch.full((3, 2), 0.5), group_name="Paper", attr_name="z", index=None)
    assert papers.vectors("Paper", "z")[1].tolist() == [[0.5, 0.5]] * 3
    assert features.put_tensor(torch.tensor([7, 8]), group_name="Author", attr_name="n", index=None)
    assert features["Author", "n", None].tolist() == [7, 8]
    assert graph.put_edge_index((torch.tensor([0]), torch.tensor([1])), edge_type=("Author", "KNOWS", "Author"), layout="coo")
    assert papers.gql("MATCH (a)-[:KNOWS]->(b) RETURN a._id, b._id").fetchall() == [("a", "b")]
    assert {attr.edge_type for attr in graph.get_all_edge_attrs()} >= {kind, ("Author", "KNOWS", "Author")}
    assert graph.remove_edge_index(edge_type=("Author", "KNOWS", "Author"), layout="coo")


def test_stores_are_pickled_when_they_only_read(papers, tmp_path):
    with pytest.raises(TypeError, match="read_only=True"):
        pickle.dumps(papers.pyg_stores())
    with wenddb.connect(tmp_path / "d") as db:
        db.insert_nodes("N", {"_id": list("ab"), "v": np.eye(2)})
        db.insert_edges("R", {"_from": ["a"], "_to": ["b"]})
    with wenddb.connect(tmp_path / "d", read_only=True) as db:
        features, graph = pickle.loads(pickle.dumps(db.pyg_stores()))
        assert features["N", "v", torch.tensor([1])].tolist() == [[0, 1]]
        assert graph.get_edge_index(edge_type=("N", "R", "N"), layout="coo")[1].tolist() == [1]


def test_a_loader_samples_from_the_stores(papers):
    loaders = pytest.importorskip("torch_geometric.loader")
    from torch_geometric import typing

    if not (typing.WITH_PYG_LIB or typing.WITH_TORCH_SPARSE):
        pytest.skip("PyG samples neighbours with pyg-lib or torch-sparse, and neither is installed")
    loader = loaders.NeighborLoader(
        papers.pyg_stores(),
        {("Paper", "CITES", "Paper"): [2], ("Author", "WROTE", "Paper"): [2]},
        input_nodes=("Paper", None),
        batch_size=3,
    )
    assert next(iter(loader))["Paper"].v.shape[1] == 3
