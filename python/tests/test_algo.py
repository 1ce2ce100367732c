"""db.algo: generated from the descriptions."""

from __future__ import annotations

import inspect
import pathlib
import subprocess
import sys
import time

import numpy as np
import pytest

import wenddb

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import stubs  # noqa: E402


def test_node2vec(karate):
    e = karate.algo.node2vec(dimensions=16, seed=7)
    assert e.columns == ["nodeId", "embedding"] and len(e) == 34
    assert e.ids.tolist() == [str(number) for number in range(34)]
    assert e.matrix.shape == (34, 16) and e.matrix.dtype == np.float32 and e.matrix.flags.c_contiguous
    assert np.shares_memory(e.matrix, e.matrix) and np.shares_memory(e.matrix, e._raw[1][1])
    rows = karate.gql("CALL algo.node2vec({dimensions: 16, seed: 7}) YIELD nodeId, embedding")
    assert np.array_equal(rows.numpy("embedding"), e.matrix)
    assert e.write("embedding") == 34
    assert np.array_equal(karate.vectors("Member", "embedding")[1], e.matrix)


def test_scores(karate):
    pytest.importorskip("pandas", reason="pandas is not installed")
    e = karate.algo.pagerank(orientation="undirected")
    assert abs(e["score"].sum() - 1) < 1e-6 and e.df().columns.tolist() == ["nodeId", "score"]
    assert e.write("rank") == 34 and e.asdict()["33"] == pytest.approx(karate.gql("MATCH (n {_id: '33'}) RETURN n.rank").value())
    with pytest.raises(wenddb.ResultError, match="no column of vectors"):
        _ = e.matrix
    with pytest.raises(wenddb.ResultError, match="did you mean `score`"):
        e["scor"]
    assert e.ids.shape == (34,)


def test_modes(karate):
    algo = karate.algo.node2vec
    assert algo.stats(dimensions=8)["nodeCount"] == 34 and algo.estimate(dimensions=8)["bytes"] > 0
    assert sum(1 for _ in algo.stream(dimensions=8)) == 34
    task = algo.write("embedding", dimensions=8)
    assert task.nodes_written == 34 and task.status == "completed"
    later = algo.write("again", wait=False, dimensions=8)
    assert later.wait(30) == "completed" and later.progress == 1.0
    assert karate.vectors("Member", "again")[1].shape == (34, 8)
    assert karate.gql("SHOW EMBEDDINGS").fetchall()


def test_arguments_are_checked_before_any_work(karate):
    with pytest.raises(TypeError, match="did you mean `dimensions`") as caught:
        karate.algo.node2vec(dimension=3)
    assert isinstance(caught.value, wenddb.Error) and caught.value.gqlstatus == "42002"
    with pytest.raises(wenddb.DataError, match="dimensions"):
        karate.algo.node2vec(dimensions=0)
    with pytest.raises(AttributeError, match="did you mean node2vec"):
        karate.algo.node2vek
    with pytest.raises(wenddb.BindingError, match="Membr"):
        karate.algo.node2vec(nodeLabels=["Membr"])
    assert karate.algo.node2vec(dimensions=4, nodeLabels=None).matrix.shape == (34, 4)


def test_every_algorithm_is_a_method_with_its_description(db):
    names = dir(db.algo)
    assert {"node2vec", "pagerank", "gnn_embed", "similar"} <= set(names)
    for name in names:
        method = db.algo[name]
        assert len(method.__doc__) > 100 and "seed" in method.__doc__ or name in ("similar", "recommend")
    parameters = inspect.signature(db.algo.node2vec).parameters
    assert parameters["dimensions"].default == 128 and parameters["walkLength"].default == 80
    assert "dimensions: INT, 1..4096 (default 128)" in db.algo.node2vec.__doc__


def test_the_type_stubs_are_current():
    kept = (pathlib.Path(stubs.__file__).parent / "wenddb" / "_algo.pyi").read_text(encoding="utf-8")
    assert kept == stubs.stubs(), "python/stubs.py writes wenddb/_algo.pyi again"


def test_types(tmp_path):
    pytest.importorskip("pyright", reason="pyright is not installed")
    pytest.importorskip("pandas", reason="pandas is not installed")
    (tmp_path / "use.py").write_text(
        """import wenddb

with wenddb.connect() as db:
    e = db.algo.node2vec(dimensions=8, method="spectral")
    n: int = e.write("embedding")
    for row in db.gql("MATCH (n) RETURN n._id", age=3):
        print(row["n._id"], n)
    ids, matrix = db.vectors("A", "e")
    print(ids, matrix, e.matrix.shape, db.algo.pagerank(orientation="natural").df())
"""
    )
    (tmp_path / "wrong.py").write_text("import wenddb\nwenddb.connect().algo.node2vec(dimensoins=8)\n")
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    if "error" in done.stderr.lower() and not done.stdout:
        pytest.skip(f"pyright cannot run here: {done.stderr[:100]}")
    wrong = [line for line in done.stdout.splitlines() if " error: " in line or "- error" in line]
    assert wrong and all("wrong.py" in line for line in wrong), done.stdout


def test_models_are_kept(karate):
    e = karate.algo.gnn_embed(dimensions=8, epochs=3, target="club", withoutFeatures="degree", saveModel="m")
    assert set(e["prediction"].tolist()) <= {"Mr. Hi", "Officer"} and len(e) == 34
    assert karate.gql("SHOW MODELS").fetchall()
    again = karate.algo.gnn_embed(useModel="m")
    assert np.array_equal(again.matrix, e.matrix)


def test_a_matrix_comes_without_delay(db):
    """What a call costs beyond the computation."""
    count = 20_000
    db.insert_nodes("N", {"_id": np.arange(count)})
    sources = np.arange(count)
    db.insert_edges("R", {"_from": sources, "_to": (sources * 7 + 1) % count})
    db.algo.fastrp(dimensions=8)
    began = time.perf_counter()
    row = db.algo.fastrp.stats(dimensions=128)
    computing = time.perf_counter() - began
    began = time.perf_counter()
    e = db.algo.fastrp(dimensions=128)
    assert e.matrix.shape == (count, 128)
    taken = time.perf_counter() - began
    print(f"{taken:.3f} s to numpy, {computing:.3f} s computing ({row['computeTimeMs']} ms)")
    assert taken < computing * 3 + 0.5
