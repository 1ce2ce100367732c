"""Tables in and out: numpy, pandas, polars, pyarrow, bulk loads."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from conftest import needs

import wenddb


def everything(db):
    return db.gql(
        "FOR r IN $rows RETURN r.i AS i, r.f AS f, r.s AS s, r.b AS b, r.d AS d, r.t AS t, r.z AS z, r.v AS v, r.n AS n",
        rows=[
            {
                "i": 1,
                "f": 0.5,
                "s": "x",
                "b": True,
                "d": datetime.date(2024, 1, 2),
                "t": datetime.datetime(2024, 1, 2, 3),
                "z": datetime.datetime(2024, 1, 2, 3, tzinfo=datetime.timezone.utc),
                "v": np.array([1, 2], dtype=np.float32),
                "n": None,
            },
            dict.fromkeys("ifsbdtzvn"),
        ],
    )


def test_numpy(db):
    r = everything(db)
    i = r.numpy("i")
    assert i.dtype == np.int64 and i.tolist() == [1, None] and i.mask.tolist() == [False, True]
    assert np.isnan(r.numpy("f")[1]) and r.numpy("s").tolist() == ["x", None] and r.numpy("b").tolist() == [True, None]
    assert r.numpy("d").dtype == "datetime64[D]" and np.isnat(r.numpy("d")[1])
    assert r.numpy("t")[0] == np.datetime64("2024-01-02T03:00") and r.numpy("z").dtype == "datetime64[ns]"
    assert r.numpy("v").shape == (2, 2) and r.numpy("v").dtype == np.float32 and np.isnan(r.numpy("v")[1]).all()
    assert r.numpy("n").tolist() == [None, None] and r.numpy(0)[0] == 1
    assert set(r.numpy()) == set("ifsbdtzvn")
    assert db.gql("MATCH (n) RETURN n._id AS id").numpy("id").shape == (0,)


def test_pandas(db):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = everything(db).df()
    assert list(frame.columns) == list("ifsbdtzvn") and len(frame) == 2
    assert str(frame.i.dtype) == "Int64" and str(frame.b.dtype) == "boolean" and frame.f.dtype == float
    assert frame.i[0] == 1 and frame.i[1] is pandas.NA and frame.d[0] == pandas.Timestamp("2024-01-02") and frame.d.isna()[1]
    assert str(frame.z.dt.tz) == "UTC" and frame.v[0].tolist() == [1, 2] and frame.v[1] is None
    assert db.gql("RETURN 1 AS a").df().a.dtype == np.int64
    assert db.gql("MATCH (n) RETURN n._id AS id, n.x AS x").df().shape == (0, 2)
    assert db.gql("INSERT ()").df().shape == (0, 0)
    nodes = db.gql("INSERT (a:A {_id: 'a'}) RETURN a").df()
    assert nodes.a[0].id == "a"


def test_pandas_in(db):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(
        {
            "pid": [1, 2, 3],
            "name": pandas.Categorical(["x", "y", "x"]),
            "born": pandas.to_datetime(["2000-01-01", None, "2001-01-01"]),
            "age": pandas.array([1, None, 3], dtype="Int64"),
            "ok": [True, False, True],
        }
    )
    assert db.insert_nodes("P", frame, id="pid") == 3
    rows = db.gql("MATCH (p:P) RETURN p._id, p.name, p.age, p.ok, p.pid ORDER BY p._id").fetchall()
    assert rows == [("1", "x", 1, True, None), ("2", "y", None, False, None), ("3", "x", 3, True, None)]
    assert db.gql("MATCH (p:P {_id: '1'}) RETURN p.born").value() == datetime.datetime(2000, 1, 1)
    links = pandas.DataFrame({"a": [1, 2], "b": [2, 3], "w": [0.5, 1.5]})
    assert db.insert_edges("R", links, src="a", dst="b") == 2
    assert db.gql("MATCH (a)-[e:R]->(b) RETURN a._id, b._id, e.w ORDER BY a._id").fetchall() == [("1", "2", 0.5), ("2", "3", 1.5)]
    db.gql("FOR row IN $rows INSERT (:Q {_id: 'q' || CAST(row.pid AS STRING), age: row.age})", rows=frame[["pid", "age"]])
    assert db.gql("MATCH (q:Q) RETURN q._id, q.age ORDER BY q._id").fetchall() == [("q1", 1), ("q2", None), ("q3", 3)]
    assert db.gql("RETURN $x AS x", x=frame.age).value() == [1, None, 3]
    assert db.gql("RETURN $x AS x", x=frame.born[0]).value() == datetime.datetime(2000, 1, 1)
    assert db.gql("RETURN $x AS x", x=pandas.NA).value() is None
    assert db.insert_nodes("K", {"key": [9], "x": [1]}, id="key", keep_id=True) == 1
    assert db.gql("MATCH (k:K) RETURN k._id, k.key, k.x").one() == ("9", 9, 1)


def test_polars(db):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = everything(db).pl()
    assert frame["i"].to_list() == [1, None] and frame["i"].dtype == polars.Int64 and frame["v"].to_list() == [[1.0, 2.0], None]
    table = polars.DataFrame({"_id": ["a", "b"], "x": [1, 2], "c": polars.Series(["u", "v"], dtype=polars.Categorical)})
    assert db.insert_nodes("P", table) == 2
    assert db.gql("FOR row IN $rows RETURN row.x, row.c", rows=table).fetchall() == [(1, "u"), (2, "v")]
    assert polars.DataFrame(db.gql("MATCH (p:P) RETURN p._id AS id ORDER BY id"))["id"].to_list() == ["a", "b"]
    assert db.gql("RETURN $x AS x", x=table["x"]).value() == [1, 2]


def test_pyarrow(db):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = everything(db).arrow()
    assert table.column_names == list("ifsbdtzvn") and table.schema.field("v").type == pyarrow.list_(pyarrow.float32(), 2)
    large = db.gql("FOR x IN RANGE(1, 200000) RETURN x, CAST(x AS STRING) AS s, [x] AS l")
    read = pyarrow.RecordBatchReader.from_stream(large)
    assert sum(batch.num_rows for batch in read) == 200000
    with pytest.raises(wenddb.ResultError, match="streamed"):
        large.numpy("x")
    matrix = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(np.arange(6, dtype=np.float32)), 3)
    db.insert_nodes("V", pyarrow.table({"_id": ["a", "b"], "v": matrix}))
    ids, vectors = db.vectors("V", "v")
    assert ids.tolist() == ["a", "b"] and vectors.tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(Exception, match="22012"):
        stream = pyarrow.RecordBatchReader.from_stream(db.gql("FOR x IN RANGE(-100000, 100) RETURN 1 / x AS y"))
        stream.read_all()


def test_duckdb_reads_results(db):
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    needs("pyarrow")
    r = db.gql("FOR x IN RANGE(1, 10) RETURN x").arrow()
    assert duckdb.sql("SELECT SUM(x) FROM r").fetchall() == [(55,)]


def test_tables_without_libraries(db):
    assert db.insert_nodes("A", {"_id": np.arange(3), "x": np.array([0.5, 1.5, 2.5]), "e": np.eye(3)}) == 3
    assert db.insert_nodes("B", [{"_id": "b", "y": 1}, {"_id": "c", "z": "t"}, {"_id": "d", "y": 0.5}]) == 3
    assert db.insert_edges(None, [{"_from": 0, "_to": "b", "_label": "R"}, {"_from": 1, "_to": "b", "_label": "S"}]) == 2
    assert db.gql("MATCH (b:B) RETURN b.y ORDER BY b._id").numpy(0).tolist()[::2] == [1.0, 0.5]
    assert db.vectors("A", "e")[1].tolist() == np.eye(3).tolist()
    assert db.insert_nodes(["A", "B"], {"key": ["ab"]}, id="key") == 1
    assert db.gql("MATCH (n:A&B) RETURN n._id").value() == "ab"
    assert db.labels()["edges"] == ["R", "S"]


def test_a_load_is_all_or_none(db):
    db.gql("INSERT ({_id: 'x'})")
    for table, message in [
        ([{"_id": "a"}, {"_id": "x"}], "already"),
        ([{"_id": "a"}, {"_id": None}], "without a value"),
        ([{"id": "a"}], "no column `_id`.*it has id"),
        ([{"_id": 1.5}], "strings or integers"),
    ]:
        with pytest.raises(wenddb.Error, match=message):
            db.insert_nodes("A", table)
    with pytest.raises(wenddb.Error, match="no node 'nobody'"):
        db.insert_edges("R", [{"_from": "x", "_to": "x"}, {"_from": "x", "_to": "nobody"}])
    with pytest.raises(TypeError, match="no table"):
        db.insert_nodes("A", 5)
    with pytest.raises(ValueError, match="column b has 1 values"):
        db.insert_nodes("A", {"a": [1, 2], "b": [1]})
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 1 and db.gql("MATCH ()-[e]->() RETURN COUNT(*)").value() == 0


def test_vectors(db):
    db.gql("INSERT (:A {_id: 'a', v: VECTOR([1, 2])}), (:A {_id: 'b'}), (:A {_id: 'c', v: [3.0, 4.0]})")
    ids, matrix = db.vectors("A", "v")
    assert ids.tolist() == ["a", "c"] and matrix.tolist() == [[1, 2], [3, 4]] and matrix.dtype == np.float32
    assert matrix.flags.c_contiguous and matrix.flags.writeable
    assert db.write_vectors("w", ["b", "a"], [[1, 0, 0], [0, 1, 0]]) == 2
    assert db.vectors("A", "w")[1].shape == (2, 3) and db.vectors(None, "w")[0].tolist() == ["a", "b"]
    with pytest.raises(wenddb.BindingError, match="AA"):
        db.vectors("AA", "v")
    with pytest.raises(wenddb.BindingError, match="no property `nothing`"):
        db.vectors("A", "nothing")
    with pytest.raises(wenddb.DataError, match="node 'd' is a vector of 1 numbers"):
        db.gql("INSERT (:A {_id: 'd', v: VECTOR([1])})")
        db.vectors("A", "v")
    with pytest.raises(wenddb.Error, match="nobody"):
        db.write_vectors("w", ["nobody"], [[1, 0, 0]])
    with pytest.raises(ValueError, match="1 ids and 2"):
        db.write_vectors("w", ["a"], [[1], [2]])


def test_csr(db):
    db.gql(
        "INSERT (a:A {_id: 'a'}), (b:A {_id: 'b'}), (c:C {_id: 'c'}), (a)-[:R {w: 2.0}]->(b), (a)-[:R]->(c), (b)-[:S]->(b), (a)-[:R]->(b)"
    )
    indptr, indices, data, ids = db.csr()
    assert (indptr.tolist(), indices.tolist(), data.tolist()) == ([0, 3, 4, 4], [1, 1, 2, 1], [1, 1, 1, 1])
    assert ids.tolist() == ["a", "b", "c"] and indptr.dtype == np.int64
    assert db.csr("R", "w").data.tolist() == [2, 1, 1] and db.csr(["S"]).indices.tolist() == [1]
    some = db.csr(nodes="A", orientation="undirected")
    assert some.ids.tolist() == ["a", "b"] and some.indptr.tolist()[-1] == len(some.indices)
    assert db.csr(orientation="reverse").indptr.tolist() == [0, 0, 3, 4]
    assert db.csr().edge_index().tolist() == [[0, 0, 0, 1], [1, 1, 2, 1]]
    with pytest.raises(wenddb.BindingError, match="`T`"):
        db.csr("T")
    with pytest.raises(ValueError, match="orientation"):
        db.csr(orientation="up")
    old = db.csr()
    db.gql("INSERT ({_id: 'd'})")
    with pytest.raises(wenddb.ResultError, match="changed"):
        _ = old.ids


def test_search(db):
    db.insert_nodes("A", {"_id": list("abcd"), "age": [1, 2, 3, 4], "v": np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]])})
    assert [row["id"] for row in db.search("A", "v", "a", k=2)] == ["a", "b"]
    assert [row["id"] for row in db.search("A", "v", [0, 1], k=2, where="n.age <> $x", params={"x": 3})] == ["b", "a"]
    assert db.search("A", "v", [1, 0], k=1, metric="euclidean").one() == ("a", 0.0)
    with pytest.raises(wenddb.BindingError, match="no node 'z'"):
        db.search("A", "v", "z")
