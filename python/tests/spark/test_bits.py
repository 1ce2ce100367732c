"""The bits of the database for every method, plan and number of parts."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from conftest import ENGINE, GRAPHS, Case, address, bits

import wenddb
from wenddb.spark import Graph

EXACT = {"sampling": "exact", "dimensions": 10, "walkLength": 5, "window": 3}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("columns", "node2vec", EXACT),
    ("blocks", "node2vec", EXACT),
    ("columns", "node2vec", {**EXACT, "distanceNorm": True}),
    ("blocks", "node2vec", {**EXACT, "distanceNorm": True, "isolated": "skip"}),
    ("starts", "node2vec", {"dimensions": 20, "walkLength": 12, "window": 4, "walksPerNode": 3, "p": 0.5, "q": 2.0}),
    ("starts", "node2vec", {"dimensions": 6, "walkLength": 30, "window": 13, "walksPerNode": 2, "isolated": "skip"}),
    ("columns", "fastrp", {"dimensions": 16}),
    ("blocks", "fastrp", {"dimensions": 9, "iterationWeights": [0.5, 0.0, 2.0], "nodeSelfInfluence": 0.3, "normalizationStrength": -0.5}),
]


@pytest.mark.parametrize("blocks", [1, 4, 7])
@pytest.mark.parametrize("graph", list(GRAPHS))
def test_every_plan_has_the_bits_of_the_database(spark: Any, tmp_path: pathlib.Path, graph: str, blocks: int) -> None:
    case = Case(graph, blocks, tmp_path)
    g = Graph.read(spark, case.path)
    assert (g.node_count, g.blocks) == (case.db.gql("MATCH (n) RETURN COUNT(*)").value(), blocks)
    for plan, algorithm, parameters in CALLS:
        found = bits(g.embed(algorithm, plan=plan, **parameters))
        assert found == case.expected(algorithm, **parameters), (plan, algorithm, parameters)


def test_parts_need_not_be_as_many_as_blocks(spark: Any, case: Any) -> None:
    one = case("weighted", 2)
    g = Graph.read(spark, one.path)
    expected = one.expected("fastrp", dimensions=5)
    for parts in (1, 5, 50):
        assert bits(g.fastrp(plan="columns", parts=parts, dimensions=5)) == expected
    assert bits(g.fastrp(dimensions=5)) == expected
    # What does not fit goes by blocks.
    assert bits(g.fastrp(task_memory=1, dimensions=5)) == expected


def test_vectors_come_back(spark: Any, case: Any, tmp_path: pathlib.Path) -> None:
    one = case("odd")
    to = str(tmp_path / "vectors")
    for isolated, count in (("zero", 120), ("skip", None)):
        parameters = {"dimensions": 8, "walksPerNode": 2, "walkLength": 10, "isolated": isolated}
        written = Graph.read(spark, one.path).write("node2vec", f"{to}-{isolated}", **parameters)
        assert one.db.import_vectors(isolated, f"{to}-{isolated}") == written
        assert count is None or written == count
        ids, matrix = one.db.vectors(None, isolated)
        expected = one.expected("node2vec", **parameters)
        assert {node: row.tobytes() for node, row in zip(ids.tolist(), matrix)} == expected
    with pytest.raises(wenddb.FileError, match="has vectors already"):
        Graph.read(spark, one.path).write("node2vec", f"{to}-zero")
    one.db.gql("INSERT (:N {_id: 'new'})")
    with pytest.raises(wenddb.DataError, match="of another graph, or of this one before it changed"):
        one.db.import_vectors("zero", f"{to}-zero")


def test_rows_of_another_length_are_refused(case: Any, tmp_path: pathlib.Path) -> None:
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    one = case("plain")
    manifest = json.loads((pathlib.Path(one.path) / "manifest.json").read_text())
    out = tmp_path / "vectors"
    (out / "vectors").mkdir(parents=True)
    about = {"format": "wenddb vectors", "version": 1, "nodeCount": 40, "rowCount": 40, "dimensions": 2}
    (out / "manifest.json").write_text(json.dumps({**about, "fingerprint": manifest["fingerprint"]}))

    def refused(vectors: list[Any]) -> str:
        rows = {"_number": pa.array(range(40), pa.int64()), "embedding": pa.array(vectors, pa.list_(pa.float32()))}
        pq.write_table(pa.table(rows), out / "vectors" / "part.parquet")
        with pytest.raises(wenddb.DataError) as error:
            one.db.import_vectors("v", out)
        assert one.db.gql("MATCH (n) WHERE n.v IS NOT NULL RETURN COUNT(*)").value() == 0
        return str(error.value)

    rows = [[1.0, 2.0]] * 40
    assert "2 rows with a vector of another length than 2, such as 'k03' with 3" in refused([*rows[:3], [1, 2, 3], [1], *rows[5:]])
    assert "1 row with numbers that are not finite, such as 'k05'" in refused([*rows[:5], [1, float("nan")], *rows[6:]])
    assert "1 row with numbers that are not finite, such as 'k00'" in refused([[1, None], *rows[1:]])
    with pytest.raises(wenddb.DataError, match="20 rows of a node that has one already.*; 20 rows of 40 missing"):
        twice = {"_number": pa.array([*range(20)] * 2, pa.int64()), "embedding": pa.array(rows, pa.list_(pa.float32()))}
        pq.write_table(pa.table(twice), out / "vectors" / "part.parquet")
        one.db.import_vectors("v", out)


def test_frames_are_graphs(spark: Any, case: Any) -> None:
    """Nodes in the order of their ids, as in a database into which they came in that order."""
    one = case("weighted")
    nodes = sorted(row[0] for row in one.db.gql("MATCH (n) RETURN n._id").fetchall())
    edges = one.db.gql("MATCH (a)-[e]->(b) RETURN a._id, b._id, e.w").fetchall()
    rows = [(*edge, at) for at, edge in enumerate(edges)]
    nodes_frame = spark.createDataFrame([(node,) for node in nodes], "_id string")
    edges_frame = spark.createDataFrame([tuple(row) for row in rows], "_from string, _to string, w double, at int")
    with wenddb.connect() as db:
        db.insert_nodes("N", [{"_id": node} for node in nodes])
        db.insert_edges("E", [{"_from": a, "_to": b, "w": w} for a, b, w in edges])
        for weight in (None, "w"):
            g = Graph.of(spark, nodes_frame, edges_frame, weight=weight, order="at", blocks=3)
            for plan, algorithm, parameters in CALLS[1:7:2]:
                result = getattr(db.algo, algorithm)(weight=weight, **parameters)
                expected = {node: row.tobytes() for node, row in zip(result.ids.tolist(), result.matrix)}
                plan = "auto" if plan == "starts" else "blocks" if algorithm == "node2vec" else plan
                assert bits(g.embed(algorithm, plan=plan, **parameters)) == expected

    def refused(nodes: Any, edges: Any, **more: Any) -> str:
        with pytest.raises(wenddb.Error) as error:
            Graph.of(spark, nodes, edges, **more)
        return str(error.value)

    few = spark.createDataFrame([("a",), ("b",)], "_id string")
    edge = lambda *rows: spark.createDataFrame(list(rows), "_from string, _to string, w double")  # noqa: E731
    assert "1 edges end at no node, such as 'c'" in refused(few, edge(("a", "c", 1.0)))
    assert "is -1.0" in refused(few, edge(("a", "b", -1.0)), weight="w")
    assert "edges has no column 'x'" in refused(few, edge(("a", "b", 1.0)), weight="x")
    assert "'a' is there 2 times" in refused(few.union(few.where("_id = 'a'")), edge(("a", "b", 1.0)))
    assert "1 of 3 nodes have no _id" in refused(few.union(spark.createDataFrame([(None,)], "_id string")), edge(("a", "b", 1.0)))


def test_what_is_wrong_is_said_as_by_call(spark: Any, case: Any, tmp_path: pathlib.Path) -> None:
    one = case("weighted")
    g = Graph.read(spark, one.path)

    def said(work: Any) -> tuple[str, str]:
        with pytest.raises(wenddb.Error) as error:
            work()
        return error.value.gqlstatus, str(error.value).splitlines()[0]

    for parameters in ({"dimensions": 0}, {"dimension": 3}, {"p": "x"}, {"sampling": "exact", "p": 2.0}, {"distanceNorm": True}):
        there = said(lambda: one.db.gql("CALL algo.node2vec($p)", p=parameters).fetchall())  # noqa: B023
        assert said(lambda: g.node2vec(**parameters)) == there, parameters  # noqa: B023
    for work, text in [
        (lambda: g.embed("pagerank"), "the work of algo.pagerank is not done in parts"),
        (lambda: g.embed("node2vek"), "is not known"),
        (lambda: g.node2vec(method="spectral"), "where the work is done in parts"),
        (lambda: g.fastrp(featureProperties=["age"]), "where the work is done in parts"),
        (lambda: g.node2vec(weight="v"), "weight is 'v', and the graph was taken with 'w'"),
        (lambda: g.node2vec(plan="columns"), "do not go by columns, but by starts"),
        (lambda: g.fastrp(plan="starts"), "do not go by starts, but by columns or blocks"),
        (lambda: g.fastrp(plan="rows"), "plan is 'rows'; it takes auto, columns, starts, blocks"),
        (lambda: g.fastrp(plan="columns", steps="x"), "has no steps to write"),
        (lambda: g.fastrp(parts=0), "parts is 0"),
        (lambda: g.node2vec(task_memory=1), "and task_memory allows 1"),
        (lambda: Graph.read(spark, str(tmp_path / "no")), "there is no graph by blocks at"),
    ]:
        assert text in said(work)[1], text
    assert bits(g.fastrp(weight="w", dimensions=4)) == one.expected("fastrp", dimensions=4)


@pytest.mark.skipif(ENGINE == "connect", reason="the same as classic")
def test_the_command(spark: Any, case: Any, tmp_path: pathlib.Path) -> None:
    one = case("plain")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "wenddb.spark", "embed", one.path, "--algorithm", "fastrp"]
    if ENGINE == "sail":
        command += ["--remote", address["sail"]]
    given = [*command, "--set", "dimensions=6", "--set", "iterationWeights=[1, 1]", "--to", str(out)]
    done = subprocess.run(given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"40 vectors in {out}" in done.stderr
    assert one.db.import_vectors("e", out) == 40
    ids, matrix = one.db.vectors(None, "e")
    assert dict(zip(ids.tolist(), map(np.ndarray.tobytes, matrix))) == one.expected("fastrp", dimensions=6, iterationWeights=[1, 1])
    wrong = subprocess.run([*given[:-1], str(tmp_path / "x"), "--set", "dimensions=0"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1 and "error:" in wrong.stderr and "dimensions" in wrong.stderr
