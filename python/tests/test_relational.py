"""Relational databases: the same graph from a SQLite file, from CSV files and from tables in memory."""

from __future__ import annotations

import csv
import datetime
import sqlite3

import numpy as np
import pytest

import wenddb

#: Customers with a natural key, orders with two foreign keys to one table, a composite key and a reference to it, a bridge, a self
#: reference, a NULL and a dangling key, a table without rows.
TABLES: dict[str, tuple[list[str], list[list[object]]]] = {
    "customers": (["code", "name", "referred_by"], [["A1", "Ann", None], ["B2", "Bob", "A1"], ["C3", "Cat", "A1"]]),
    "cities": (["city_id", "name"], [[1, "Ulm"], [2, "Lyon"]]),
    "orders": (
        ["order_id", "customer", "bill_city_id", "ship_city_id", "placed", "total"],
        [
            [100, "A1", 1, 2, "2024-03-01", 5.5],
            [101, "B2", 2, None, "2024-03-02", 7.0],
            [102, "A1", 1, 99, "2024-03-05", None],
        ],
    ),
    "lines": (["order_id", "line", "price"], [[100, 1, 2.5], [100, 2, 3.0], [101, 1, 7.0]]),
    "returns": (["return_id", "order_id", "line"], [[1, 100, 2], [2, 101, 1]]),
    "tags": (["tag_id", "text"], [[7, "gift"], [8, "late"]]),
    "order_tags": (["order_id", "tag_id", "weight"], [[100, 7, 0.5], [102, 8, 1.0]]),
    "refunds": (["refund_id", "order_id"], []),
}
KEYS = {
    "customers": "code",
    "cities": "city_id",
    "orders": "order_id",
    "lines": ["order_id", "line"],
    "returns": "return_id",
    "tags": "tag_id",
    "order_tags": ["order_id", "tag_id"],
    "refunds": "refund_id",
}
EDGES = {
    "customers": {"referred_by": "customers"},
    "orders": {"customer": ("customers", "code"), "bill_city_id": "cities", "ship_city_id": "cities"},
    "lines": {"order_id": "orders"},
    "returns": {("order_id", "line"): "lines"},
    "order_tags": {"order_id": "orders", "tag_id": "tags"},
    "refunds": {"order_id": "orders"},
}
TYPES = {"line": "INTEGER", "price": "REAL", "total": "REAL", "weight": "REAL", "placed": "DATE"}


def declared(table: str) -> str:
    columns, _ = TABLES[table]
    parts = [f"{name} {TYPES.get(name, 'INTEGER' if name.endswith('_id') else 'TEXT')}" for name in columns]
    listed = lambda names: ", ".join([names] if isinstance(names, str) else names)  # noqa: E731
    parts.append(f"PRIMARY KEY ({listed(KEYS[table])})")
    for own, of in EDGES.get(table, {}).items():
        name, referred = (of, KEYS[of]) if isinstance(of, str) else of
        parts.append(f"FOREIGN KEY ({listed(own)}) REFERENCES {name} ({listed(referred)})")
    return f"CREATE TABLE {table} ({', '.join(parts)})"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shop.sqlite"
    connection = sqlite3.connect(path)
    for table, (columns, rows) in TABLES.items():
        connection.execute(declared(table))
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
    connection.commit()
    connection.close()
    return path


def columns_of(table):
    """A table as a dict of columns, with dates."""
    names, rows = TABLES[table]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    if "placed" in columns:
        columns["placed"] = [datetime.date.fromisoformat(text) for text in columns["placed"]]
    return columns


def graph_of(db):
    """All nodes and edges, as values that can be compared."""
    nodes = db.gql("MATCH (n) RETURN n ORDER BY n._id").fetchall()
    edges = db.gql("MATCH (a)-[e]->(b) RETURN e").fetchall()
    return (
        [(n.id, sorted(n.labels), dict(n.properties)) for (n,) in nodes],
        sorted((e.src, e.label, e.dst, sorted(e.properties.items())) for (e,) in edges),
    )


def counts_of(done):
    return {(edge.table, edge.label): (edge.edges, edge.without_key, edge.dangling) for edge in done.edge_tables}


COUNTS = {
    ("customers", "REFERRED_BY"): (2, 1, 0),
    ("orders", "CUSTOMER"): (3, 0, 0),
    ("orders", "BILL_CITY"): (3, 0, 0),
    ("orders", "SHIP_CITY"): (1, 1, 1),
    ("lines", "ORDER"): (3, 0, 0),
    ("returns", "LINE"): (2, 0, 0),
    ("order_tags", "ORDER_TAGS"): (2, 0, 0),
    ("refunds", "ORDER"): (0, 0, 0),
}


def test_tables_in_memory_are_as_the_sqlite_file(db, file):
    done = db.import_from(file)
    of_file = counts_of(done)
    # The label of a composite key is that of the table it refers to, which the import names.
    assert {(table, edges) for (table, _), edges in of_file.items()} == {(table, edges) for (table, _), edges in COUNTS.items()}
    assert (done.nodes, done.edges) == (15, 16)
    rows = {table.table: table.rows for table in done.tables}
    assert rows == {table: len(rows) for table, (_, rows) in TABLES.items() if table != "order_tags"}
    for made in frames():
        with wenddb.connect() as other:
            again = other.import_relational(made, keys=KEYS, edges=EDGES)
            assert counts_of(again) == of_file
            assert graph_of(other) == graph_of(db)
            assert [table._replace(time=None) for table in again.tables if table.rows] == [
                table._replace(time=None) for table in sorted(done.tables, key=lambda one: list(TABLES).index(one.table)) if table.rows
            ]


def frames():
    """The tables as those of each library that is there."""
    yield {table: columns_of(table) for table in TABLES}
    try:
        import pandas
    except ImportError:
        pass
    else:
        # pandas has no integers with NULL, unless it is told so: the column is one of floats.
        made = {table: pandas.DataFrame(columns_of(table)) for table in TABLES if table != "refunds"}
        made["orders"]["ship_city_id"] = made["orders"]["ship_city_id"].astype("Int64")
        made["refunds"] = pandas.DataFrame({"refund_id": pandas.Series(dtype="int64"), "order_id": pandas.Series(dtype="int64")})
        yield made
    try:
        import polars
    except ImportError:
        pass
    else:
        types = {"refund_id": polars.Int64, "order_id": polars.Int64}
        yield {
            table: polars.DataFrame(columns_of(table), schema_overrides=types if table == "refunds" else None) for table in TABLES
        }


def test_keys_are_found_as_in_files(db, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    for table, (columns, rows) in TABLES.items():
        with (folder / f"{table}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    done = db.import_from(folder)
    for made in frames():
        with wenddb.connect() as other:
            again = other.import_relational(made)
            assert sorted(counts_of(again).items()) == sorted(counts_of(done).items())
            assert graph_of(other)[1] == graph_of(db)[1]
    with wenddb.connect() as other:
        assert other.import_relational({"a": {"id": [1]}, "b": {"a_id": [1]}}, infer_keys=False).edges == 0


def test_the_columns_of_a_frame_may_have_nan_for_null(db):
    done = db.import_relational({"users": {"id": np.array([1, 2])}, "posts": {"id": np.array([1, 2, 3]), "user_id": np.array([1.0, np.nan, 2.0])}})
    assert counts_of(done) == {("posts", "USER"): (2, 1, 0)}
    assert db.gql("MATCH (p:posts)-[:USER]->(u) RETURN p._id, u._id ORDER BY p._id").fetchall() == [
        ("posts:1", "users:1"),
        ("posts:3", "users:2"),
    ]


def test_a_dry_run_is_a_plan_and_a_map(db, file, tmp_path):
    plan = db.import_from(file, dry_run=True)
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 0
    assert str(plan) == plan.map and plan.map.count("CREATE PROPERTY GRAPH") == 1 and "-- 3 edges" in plan.map
    assert repr(plan).startswith("would import 15 nodes, 16 edges\n") and "1 with a key that no row has" in repr(plan)
    in_memory = {table: columns_of(table) for table in TABLES}
    edited = plan.map.replace("LABEL customers", 'LABEL "Customer"')
    (tmp_path / "shop.pgq").write_text(edited)
    for given in (edited, tmp_path / "shop.pgq", str(tmp_path / "shop.pgq")):
        with wenddb.connect() as other:
            done = other.import_relational(in_memory, map=given)
            assert str(done).startswith("imported 15 nodes, 16 edges in ") and "no row has (the first: cities:99)" in str(done)
            assert other.gql("MATCH (c:Customer) RETURN COUNT(*)").value() == 3
    with wenddb.connect() as one, wenddb.connect() as other:
        one.import_from(file, map=plan)
        other.import_from(file)
        assert graph_of(one) == graph_of(other)
    order = next(table for table in plan.tables if table.table == "orders")
    assert (order.key, order.time, order.found) == (["order_id"], "placed", False)
    lines = next(edge for edge in plan.edge_tables if edge.table == "returns")
    assert lines.destination == (["order_id", "line"], "lines", ["order_id", "line"]) and lines.source is None
    with pytest.raises(FileNotFoundError):
        db.import_from(file, map="nowhere.pgq")
    with pytest.raises(wenddb.Error, match="map, line 1"):
        db.import_from(file, map="CREATE PROPERTY GRAPH (")


def test_what_is_wrong_is_said_and_nothing_is_imported(db, file, tmp_path):
    tables = {table: columns_of(table) for table in TABLES}
    for arguments, error, text in [
        ({"strict": True, "keys": KEYS, "edges": EDGES}, wenddb.ImportDataError, "no row has the key 'cities:99'"),
        ({"keys": {"order": "order_id"}}, wenddb.Error, "there is no table `order`"),
        ({"keys": {"orders": "orderid"}}, wenddb.Error, "the table `orders` has no column `orderid`"),
        ({"edges": {"orders": {"customer": "client"}}}, wenddb.Error, "there is no table `client`"),
        ({"edges": {"orders": {"customer": "customers"}}}, wenddb.Error, "refers to `customers`, which has no key"),
        ({"edges": {"orders": "customers"}}, TypeError, "it takes a mapping"),
        ({"edges": {"orders": {"customer": 3}}}, TypeError, "refers to 3"),
        ({"keys": {"cities": "name", "lines": "order_id"}}, wenddb.Error, "twice"),
    ]:
        with pytest.raises(error, match=text):
            db.import_relational(tables, **arguments)
    with pytest.raises(TypeError, match="table orders: a int is no table"):
        db.import_relational({"orders": 3})
    with pytest.raises(TypeError, match="a mapping from names to tables"):
        db.import_relational([tables["orders"]])
    with pytest.raises(wenddb.Error, match="nowhere.sqlite"):
        db.import_from(tmp_path / "nowhere.sqlite")
    with pytest.raises(wenddb.Error, match="is no source of tables"):
        db.import_from("mysql://host/db")
    with db.transaction() as tx, pytest.raises(wenddb.TransactionError, match="a transaction of its own"):
        tx.import_from(file)
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 0
    # Twice the same rows are none the second time.
    db.import_from(file)
    with pytest.raises(wenddb.Error, match="is not new"):
        db.import_from(file)
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 15


def test_a_reader_imports_nothing(file, tmp_path):
    path = tmp_path / "db.wend"
    with wenddb.connect(path) as writer:
        reader = wenddb.connect(path, read_only=True)
        for change in (
            lambda: reader.import_from(file),
            lambda: reader.import_relational({"a": {"id": [1]}}),
            # Past the check in Python, what the engine says.
            lambda: reader._session.load_nodes([], wenddb._database.table_of({"_id": ["a"]}), "_id", False),
            lambda: reader._session.write_vectors("v", ["a"], np.zeros((1, 2), dtype=np.float32)),
        ):
            with pytest.raises(wenddb.TransactionError) as caught:
                change()
            assert caught.value.gqlstatus == "25G03"
        assert reader.import_from(file, dry_run=True).nodes == 15
        assert writer.gql("MATCH (n) RETURN COUNT(*)").value() == 0


def test_the_graph_of_the_session(db, file):
    db.gql("CREATE GRAPH other")
    session = db.session()
    session.gql("SESSION SET GRAPH other")
    session.import_from(file)
    assert session.gql("MATCH (n) RETURN COUNT(*)").value() == 15
    assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 0
