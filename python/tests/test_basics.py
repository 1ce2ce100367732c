"""Statements, rows, values, errors, transactions."""

from __future__ import annotations

import datetime
import decimal
import pickle
import subprocess
import sys
import threading
import uuid
import zoneinfo

import numpy as np
import pytest

import wenddb
from wenddb import _wenddb


def test_rows_by_name_and_position(db):
    db.gql("INSERT (:Person {_id: $id, age: $age})", id="ann", age=44)
    db.gql("INSERT (:Person {_id: $id, age: $age})", {"id": "bob", "$age": 31})
    r = db.gql("MATCH (p:Person) WHERE p.age > $age RETURN p._id, p.age ORDER BY p.age", {"age": 30})
    assert r.columns == ["p._id", "p.age"]
    assert [(row["p._id"], row[1]) for row in r] == [("bob", 31), ("ann", 44)]
    rows = db.gql("MATCH (p:Person) RETURN p._id AS id, p.age AS age ORDER BY age").fetchall()
    assert rows == [("bob", 31), ("ann", 44)]
    assert rows[0].asdict() == {"id": "bob", "age": 31} and rows[0]["age"] == 31 and rows[0].keys() == ("id", "age")
    assert pickle.loads(pickle.dumps(rows[1]))["id"] == "ann"
    with pytest.raises(KeyError, match="the columns are id, age"):
        rows[0]["name"]
    assert db.gql("MATCH (p:Person) RETURN COUNT(*)").value() == 2


def test_one_and_value_say_what_is_wrong(db):
    with pytest.raises(wenddb.ResultError, match="no row"):
        db.gql("MATCH (n) RETURN n").one()
    with pytest.raises(wenddb.ResultError, match="more than one row"):
        db.gql("FOR x IN [1, 2] RETURN x").one()
    with pytest.raises(wenddb.ResultError, match="2 columns"):
        db.gql("RETURN 1 AS a, 2 AS b").value()
    with pytest.raises(wenddb.ResultError, match="no result table"):
        db.gql("INSERT (:A)").value()


def test_streamed_rows_are_gone_and_kept_rows_stay(db):
    r = db.gql("FOR x IN RANGE(1, 5000) RETURN x")
    rows = iter(r)
    assert next(rows)[0] == 1
    with pytest.raises(wenddb.ResultError, match="streamed"):
        r.numpy("x")
    assert len(r.fetchall()) < 5000
    kept = db.gql("FOR x IN RANGE(1, 5000) RETURN x, x * 2 AS y")
    assert "more than 20 rows" in repr(kept) and "<table>" in kept._repr_html_()
    assert kept.numpy("x").sum() == 12502500 and kept.numpy("y")[-1] == 10000
    assert len(kept) == 5000 and len(list(kept)) == 5000 and len(list(kept)) == 5000 and len(kept.fetchall()) == 5000


VALUES = [
    None,
    True,
    -(2**63),
    2**63 - 1,
    0.1,
    float("inf"),
    "naïve ☃",
    b"\x00\xff",
    datetime.date(1969, 12, 31),
    datetime.time(23, 59, 59, 999999),
    datetime.datetime(2024, 2, 29, 12, 30, 1, 5),
    datetime.datetime(1950, 1, 1, tzinfo=datetime.timezone.utc),
    datetime.datetime(2024, 7, 1, 8, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    datetime.datetime(2024, 7, 1, 8, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))),
    datetime.time(1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.timedelta(days=3, seconds=5, microseconds=7),
    datetime.timedelta(seconds=-1),
    wenddb.Duration(months=14, days=3),
    [1, None, "x", [2.5]],
    {"a": 1, "b": {"c": [True]}},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_went(db, value):
    back = db.gql("RETURN $v AS v", v=value).value()
    assert back == value and type(back) is type(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        assert back.utcoffset() == value.utcoffset()


@pytest.mark.parametrize(
    ("value", "type_name", "text"),
    [
        (decimal.Decimal("12"), "INT64", "12"),
        (decimal.Decimal("0.1"), "FLOAT64", "0.1"),
        (uuid.UUID(int=5), "STRING", "00000000-0000-0000-0000-000000000005"),
        (np.int32(7), "INT64", "7"),
        (np.float32(0.5), "FLOAT64", "0.5"),
        (np.float64(0.5), "FLOAT64", "0.5"),
        (np.bool_(True), "BOOL", None),
        (np.str_("x"), "STRING", None),
        (np.array([1, 2], dtype=np.float32), "VECTOR", None),
        (np.array([1.5, 2.0]), "LIST", "[1.5, 2.0]"),
        (np.array([1, 2]), "LIST", "[1, 2]"),
        (np.zeros((2, 2), dtype=np.float32), "LIST", None),
        (np.datetime64("2024-02-29"), "DATE", None),
        (np.datetime64("2024-02-29T01:02:03.000000004"), "LOCAL DATETIME", None),
        (np.datetime64("NaT"), "NULL", None),
        (np.timedelta64(1500, "ms"), "DURATION", None),
        ((1, 2), "LIST", "[1, 2]"),
    ],
    ids=repr,
)
def test_other_types_become_values(value, type_name, text):
    found = _wenddb.Session.shown(value)
    assert found[0] == type_name and (text is None or found[1] == text)


@pytest.mark.parametrize("value", [{1, 2}, object(), {1: 2}, 2**63, 1j, lambda: 1])
def test_what_is_no_value_is_refused(db, value):
    with pytest.raises((TypeError, OverflowError), match="parameter v"):
        db.gql("RETURN $v", v=value)
    endless: list = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested"):
        db.gql("RETURN $v", v=endless)
    assert db.gql("RETURN 1").value() == 1


def test_nodes_edges_and_paths(db):
    db.gql("INSERT (:A:B {_id: 'a', x: 1})-[:R {w: 2.5}]->(:C {_id: 'c'})")
    node, edge, path = db.gql("MATCH p = (a:A)-[e]->(c) RETURN a, e, p").one()
    assert node.id == "a" and node.labels == {"A", "B"} and node["x"] == 1 and node["_id"] == "a" and dict(node) == {"x": 1}
    assert (edge.label, edge.src, edge.dst, edge["w"]) == ("R", "a", "c", 2.5)
    assert [n.id for n in path.nodes] == ["a", "c"] and len(path) == 1 and path.edges[0] == edge
    assert pickle.loads(pickle.dumps([node, edge, path])) == [node, edge, path]
    with pytest.raises(TypeError, match="pass its id"):
        db.gql("RETURN $n", n=node)


def test_errors_say_where(db):
    with pytest.raises(wenddb.SyntaxError) as caught:
        db.gql("MATCH (n)\nRETURN n.ä, , x")
    error = caught.value
    assert error.gqlstatus == "42001" and error.line == 2 and error.span is not None
    assert error.statement[error.span[0] : error.span[1]].strip(", ") == "" and "^" in str(error)
    with pytest.raises(wenddb.DataError) as caught:
        db.gql("RETURN 1 / 0").value()
    assert caught.value.gqlstatus == "22012"
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is wenddb.DataError and str(again) == str(caught.value)
    with pytest.raises(wenddb.ConstraintError):
        db.gql("INSERT ({_id: 'a'}), ({_id: 'a'})")
    with pytest.raises(wenddb.BindingError):
        db.gql("RETURN x")
    with pytest.raises(wenddb.ResultError, match="did you mean `name`"):
        db.gql("RETURN 1 AS name").numpy("nane")


def test_transactions(db):
    with db.transaction() as tx:
        tx.gql("INSERT ({_id: 'a'})")
        assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 0
        assert tx.gql("MATCH (n) RETURN COUNT(*)").value() == 1
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 1
    with pytest.raises(RuntimeError, match="mine"), db.transaction() as tx:
        tx.gql("INSERT ({_id: 'b'})")
        raise RuntimeError("mine")
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 1
    with pytest.raises(wenddb.ConflictError), db.transaction() as one:
        one.gql("MATCH (n {_id: 'a'}) SET n.x = 1")
        db.gql("MATCH (n {_id: 'a'}) SET n.x = 2")
    assert db.gql("MATCH (n) RETURN n.x").value() == 2
    with pytest.raises(wenddb.TransactionError), db.transaction(read_only=True) as tx:
        tx.gql("INSERT ()")


def test_sessions_have_graphs_of_their_own(db):
    db.gql("CREATE GRAPH other")
    with db.session() as session:
        session.gql("SESSION SET GRAPH other")
        session.gql("INSERT ({_id: 'x'})")
        assert session.gql("MATCH (n) RETURN COUNT(*)").value() == 1
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 0


def test_threads_share_a_database(db):
    db.gql("FOR x IN RANGE(1, 1000) INSERT (:N {x: x})")
    found, wrong = [], []

    def work(own):
        try:
            runs = db.session() if own else db
            for _ in range(20):
                found.append(runs.gql("MATCH (n:N) RETURN SUM(n.x)").value())
        except Exception as error:  # noqa: BLE001
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(at % 2 == 0,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and found == [500500] * 160


def test_a_panic_is_an_exception(db):
    with pytest.raises(wenddb.InternalError, match="asked for by a test"):
        db._session.panic_for_test()
    assert db.gql("RETURN 1").value() == 1


def test_the_wheel_and_the_types_are_complete():
    assert set(wenddb.__all__) <= set(dir(wenddb))
    assert wenddb.__version__.count(".") == 2
    code = (
        "import numpy, time; t = time.perf_counter(); import wenddb; wenddb.connect; print(time.perf_counter() - t); import sys; "
        "assert not {'pandas', 'polars', 'pyarrow', 'torch', 'networkx', 'asyncio'} & set(sys.modules); "
        "import threading; assert threading.active_count() == 1"
    )
    taken = min(
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) for _ in range(5)
    )
    print(f"import: {taken * 1000:.0f} ms beyond numpy")
    assert taken < 0.5
