"""The scenarios of the Python drivers, the same for 4.4, 5 and 6; one line per scenario: name, tab, ok or what went wrong.

usage: scenarios.py URI USER PASSWORD
"""

import datetime
import sys
import threading
import time
import traceback
import warnings

import neo4j
import numpy
from neo4j import GraphDatabase
from neo4j.exceptions import ClientError, Neo4jError, TransientError

warnings.simplefilter("ignore")
MAJOR = int(neo4j.__version__.split(".")[0])
URI, USER, PASSWORD = sys.argv[1:4]
SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def write(session, work, *args):
    return (session.execute_write if MAJOR > 4 else session.write_transaction)(work, *args)


def read(session, work, *args):
    return (session.execute_read if MAJOR > 4 else session.read_transaction)(work, *args)


def one(session, query, **params):
    return session.run(query, params).single()[0]


@scenario
def connectivity(driver):
    driver.verify_connectivity()
    with GraphDatabase.driver(URI.replace("bolt://", "neo4j://"), auth=(USER, PASSWORD)) as routed:
        routed.verify_connectivity()
        with routed.session() as session:
            assert one(session, "RETURN 1 AS n") == 1


@scenario
def auto_commit(driver):
    with driver.session() as session:
        result = session.run("INSERT (:Auto {_id: 'auto', n: $n})", n=7)
        assert result.consume().counters.nodes_created == 1
        assert one(session, "MATCH (a:Auto) RETURN a.n") == 7
        assert session.run("FOR x IN RANGE(1, 2500) RETURN x").value() == list(range(1, 2501))


@scenario
def managed_transactions(driver):
    with driver.session() as session:
        write(session, lambda tx: tx.run("INSERT (:Managed {_id: 'm'})").consume())
        assert read(session, lambda tx: tx.run("MATCH (m:Managed) RETURN COUNT(*) AS n").single()[0]) == 1
        try:
            read(session, lambda tx: tx.run("INSERT (:Managed)").consume())
            raise AssertionError("a write in a read transaction")
        except ClientError as error:
            assert error.code == "Neo.ClientError.Statement.AccessMode", error.code
    if MAJOR > 4:
        records, summary, keys = driver.execute_query("RETURN $x AS x", x=3)
        assert records[0]["x"] == 3 and keys == ["x"] and summary.query_type == "r"


@scenario
def explicit_transactions(driver):
    with driver.session() as session:
        tx = session.begin_transaction()
        tx.run("INSERT (:Explicit {_id: 'e'})")
        tx.rollback()
        assert one(session, "MATCH (e:Explicit) RETURN COUNT(*)") == 0
        with session.begin_transaction() as tx:
            tx.run("INSERT (:Explicit {_id: 'e'})")
            tx.commit()
        assert one(session, "MATCH (e:Explicit) RETURN COUNT(*)") == 1


@scenario
def interleaved_streams(driver):
    with driver.session(fetch_size=10) as session, session.begin_transaction() as tx:
        left, right = (tx.run("FOR x IN RANGE(1, 1000) RETURN x * $f AS x", f=f) for f in (1, 1000))
        for number, (a, b) in enumerate(zip(left, right), 1):
            assert (a["x"], b["x"]) == (number, number * 1000)


@scenario
def values_there_and_back(driver):
    from neo4j.time import Date, DateTime, Duration, Time

    zone = datetime.timezone(datetime.timedelta(hours=1))
    if MAJOR == 4:
        # This driver asks zones of its own kind only.
        zone = __import__("pytz").FixedOffset(60)
    values = [
        None, True, False, 0, -1, 2**63 - 1, -(2**63), 1.5, float("inf"), "", "Grüße 世界", bytearray(b"\x00\xff"), [], [1, [2, "x"]],
        {"a": 1, "b": {"c": [None]}}, Date(2026, 11, 20), Time(10, 30, 15, 123456789), DateTime(2026, 11, 20, 10, 30, 15, 1),
        DateTime.from_native(datetime.datetime(2026, 11, 20, 10, 30, 15, 5, zone)), Duration(months=14, days=3, seconds=7, nanoseconds=9),
    ]
    with driver.session() as session:
        for value in values:
            back = one(session, "RETURN $x AS x", x=value)
            assert back == value or bytes(back) == bytes(value), (value, back)
        assert numpy.isnan(one(session, "RETURN $x AS x", x=float("nan")))
        vector = one(session, "RETURN VECTOR([1, 2.5]) AS v")
        if MAJOR >= 6:
            from neo4j.vector import Vector

            assert isinstance(vector, Vector) and list(vector.to_numpy()) == [1, 2.5]
            sent = Vector.from_numpy(numpy.array([0.5, 1.5], dtype=numpy.float32))
            assert list(one(session, "RETURN $v AS v", v=sent).to_native()) == [0.5, 1.5]
        else:
            assert vector == [1.0, 2.5]


@scenario
def nodes_edges_paths(driver):
    with driver.session() as session:
        session.run("INSERT (:G {_id: 'g1', x: 1})-[:E {w: 2}]->(:G&H {_id: 'g2'})").consume()
        record = session.run("MATCH p = (b:H)<-[e:E]-(a:G) RETURN a, e, b, p").single()
        a, e, b, p = record.values()
        assert set(b.labels) == {"G", "H"} and a["x"] == 1 and a["_id"] == "g1" and e.type == "E" and e["w"] == 2
        assert (e.start_node, e.end_node) == (a, b) and p.start_node == b and p.end_node == a and len(p) == 1
        if MAJOR > 4:
            assert a.element_id == "g1" and e.start_node.element_id == "g1"


@scenario
def errors_and_recovery(driver):
    with driver.session() as session:
        for query, code in [
            ("RETURN", "Neo.ClientError.Statement.SyntaxError"),
            ("RETURN nobody", "Neo.ClientError.Statement.SemanticError"),
            ("FOR x IN [1, 0] RETURN 1 / x AS y", "Neo.ClientError.Statement.ArithmeticError"),
        ]:
            try:
                session.run(query).consume()
                raise AssertionError(f"no error: {query}")
            except Neo4jError as error:
                assert error.code == code, error.code
                if MAJOR >= 6:
                    assert error.gql_status[:2] in ("42", "22"), error.gql_status
            assert one(session, "RETURN 1 AS n") == 1
    try:
        with GraphDatabase.driver(URI, auth=(USER, "wrong password")) as other:
            other.verify_connectivity()
        raise AssertionError("a wrong password was let in")
    except Neo4jError as error:
        assert error.code == "Neo.ClientError.Security.Unauthorized", error.code


@scenario
def a_conflict_is_tried_again(driver):
    tries = []
    with driver.session() as session, driver.session() as other:
        session.run("INSERT (:Counter {_id: 'counter', n: 0})").consume()

        def work(tx):
            tries.append(1)
            tx.run("MATCH (c:Counter) SET c.n = c.n + 1").consume()
            if len(tries) == 1:
                other.run("MATCH (c:Counter) SET c.n = c.n + 10").consume()

        write(session, work)
        assert len(tries) == 2, tries
        assert one(session, "MATCH (c:Counter) RETURN c.n") == 11
    assert issubclass(TransientError, Neo4jError)


@scenario
def a_batch_of_vectors(driver):
    rows, width = 100_000, 128
    row = [0.25] * width
    with driver.session() as session:
        result = session.run("FOR v IN $vectors RETURN COUNT(*) AS n, SUM(v[127]) AS s", vectors=[row] * rows).single()
        assert result["n"] == rows and result["s"] == rows * 0.25


@scenario
def closing_cancels(driver):
    """A second driver asks for what takes minutes and goes away; the server is soon as free as before."""
    with driver.session() as session:
        session.run("FOR i IN RANGE(1, 2000) INSERT (:Cancel {_id: 'c' || CAST(i AS STRING), i: i})").consume()
        session.run("MATCH (a:Cancel), (b:Cancel) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:C]->(b)").consume()
    call = "CALL algo.node2vec.write({nodeLabels: ['Cancel'], walksPerNode: 1000000}, {db: {property: 'never'}})"
    other = GraphDatabase.driver(URI, auth=(USER, PASSWORD))
    session = other.session()

    def ask():
        try:
            session.run(call).consume()
        except Exception:
            pass

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    with driver.session() as watcher:
        running = "SHOW TASKS YIELD status FILTER status = 'running' RETURN COUNT(*) AS n"
        begun = time.time()
        while one(watcher, running) == 0 and time.time() - begun < 30:
            time.sleep(0.05)
        assert one(watcher, running) == 1
        # What a program's end does to its sockets.
        for connections in list(other._pool.connections.values()):
            for connection in list(connections):
                connection.socket._socket.shutdown(2) if hasattr(connection.socket, "_socket") else connection.socket.shutdown(2)
        begun = time.time()
        while one(watcher, running) > 0 and time.time() - begun < 30:
            time.sleep(0.02)
        took = time.time() - begun
        assert one(watcher, running) == 0, "it still runs"
        print(f"# cancelled after {took:.2f} s", file=sys.stderr)
    thread.join(10)


@scenario
def embeddings_as_a_matrix(driver):
    with driver.session() as session:
        session.run("FOR i IN RANGE(1, 500) INSERT (:Main {_id: 'p' || CAST(i AS STRING), i: i})").consume()
        session.run("MATCH (a:Main), (b:Main) FILTER a.i < b.i AND b.i < a.i + 5 INSERT (a)-[:KNOWS]->(b)").consume()
        call = "CALL algo.node2vec.write({nodeLabels: ['Main'], dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten"
        assert one(session, call) == 500
        result = session.run("MATCH (p:Main) RETURN p._id AS id, p.embedding AS v ORDER BY p.i")
        rows = [record["v"] for record in result]
        matrix = numpy.array([row.to_numpy() if MAJOR >= 6 else row for row in rows], dtype=numpy.float32)
        assert matrix.shape == (500, 64) and numpy.allclose(numpy.linalg.norm(matrix, axis=1), 1, atol=1e-5)
        blocks = session.run(
            "CALL algo.node2vec.stream({nodeLabels: ['Main'], dimensions: 64, blockSize: 200}) YIELD nodeIds, matrix"
        )
        ids, parts = [], []
        for block in blocks:
            ids += block["nodeIds"]
            parts.append(numpy.frombuffer(block["matrix"], "<f4").reshape(-1, 64))
        order = {name: place for place, name in enumerate(ids)}
        stacked = numpy.concatenate(parts)[[order[f"p{i}"] for i in range(1, 501)]]
        assert numpy.array_equal(stacked, matrix)


def main():
    failed = 0
    with GraphDatabase.driver(URI, auth=(USER, PASSWORD)) as driver:
        for function in SCENARIOS:
            try:
                with driver.session() as session:
                    session.run("MATCH (n) DETACH DELETE n").consume()
                function(driver)
                print(f"{function.__name__}\tok", flush=True)
            except Exception as error:
                failed += 1
                traceback.print_exc()
                print(f"{function.__name__}\t{type(error).__name__}: {str(error)[:200]!r}", flush=True)
    sys.exit(1 if failed else 0)


main()
