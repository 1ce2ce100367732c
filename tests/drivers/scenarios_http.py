"""The scenarios over HTTP: the Python driver with an http:// address, which speaks the Query API, and pyarrow; one line per
scenario: name, tab, ok or what went wrong.

usage: scenarios_http.py URI USER PASSWORD, the URI as for Bolt
"""

import base64
import datetime
import http.client
import json
import sys
import time
import traceback
import urllib.error
import urllib.request
import warnings

import numpy
import pyarrow
import pyarrow.ipc
from neo4j import GraphDatabase
from neo4j.exceptions import ClientError, Neo4jError
from neo4j.time import Date, DateTime, Duration, Time

warnings.simplefilter("ignore")
URI, USER, PASSWORD = sys.argv[1:4]
HTTP = URI.replace("bolt://", "http://")
ARROW = "application/vnd.apache.arrow.stream"
DATABASE = "neo4j"
SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def one(session, query, **params):
    return session.run(query, params).single()[0]


def ask(method, path, body=None, **headers):
    """A request without the driver: the status and the answer."""
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Authorization": f"Basic {login}"}
    request = urllib.request.Request(HTTP + path, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def arrow(statement, **parameters):
    body = json.dumps({"statement": statement, "parameters": parameters}).encode()
    status, answer = ask("POST", f"/db/{DATABASE}/query/v2", body, Content_Type="application/json", Accept=ARROW)
    assert status == 202, answer
    return pyarrow.ipc.open_stream(answer).read_all()


def send(what, table, rows=8192):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return ask("POST", f"/db/{DATABASE}/import/{what}", sink.getvalue().to_pybytes(), Content_Type=ARROW)


@scenario
def connectivity(driver):
    status, answer = ask("GET", "/")
    assert status == 200 and json.loads(answer)["neo4j_version"], answer
    driver.verify_connectivity()
    assert driver.execute_query("RETURN 1 AS n", database_=DATABASE).records[0]["n"] == 1


@scenario
def auto_commit(driver):
    with driver.session(database=DATABASE) as session:
        assert session.run("INSERT (:Auto {_id: 'auto', n: $n})", n=7).consume().counters.nodes_created == 1
        assert one(session, "MATCH (a:Auto) RETURN a.n") == 7
        assert session.run("FOR x IN RANGE(1, 2500) RETURN x").value() == list(range(1, 2501))


@scenario
def managed_transactions(driver):
    with driver.session(database=DATABASE) as session:
        session.execute_write(lambda tx: tx.run("INSERT (:Managed {_id: 'm'})").consume())
        assert session.execute_read(lambda tx: tx.run("MATCH (m:Managed) RETURN COUNT(*) AS n").single()[0]) == 1
        try:
            session.execute_read(lambda tx: tx.run("INSERT (:Managed)").consume())
            raise AssertionError("a write in a read transaction")
        except ClientError as error:
            assert error.code == "Neo.ClientError.Statement.AccessMode", error.code
    records, _, keys = driver.execute_query("RETURN $x AS x", x=3, database_=DATABASE)
    assert records[0]["x"] == 3 and keys == ["x"]


@scenario
def explicit_transactions(driver):
    with driver.session(database=DATABASE) as session:
        tx = session.begin_transaction()
        tx.run("INSERT (:Explicit {_id: 'e'})").consume()
        tx.rollback()
        assert one(session, "MATCH (e:Explicit) RETURN COUNT(*)") == 0
        with session.begin_transaction() as tx:
            tx.run("INSERT (:Explicit {_id: 'e'})").consume()
            tx.commit()
        assert one(session, "MATCH (e:Explicit) RETURN COUNT(*)") == 1


@scenario
def interleaved_streams(driver):
    with driver.session(database=DATABASE) as session, session.begin_transaction() as tx:
        left = tx.run("FOR x IN RANGE(1, 3000) RETURN x")
        right = tx.run("FOR x IN RANGE(1, 3000) RETURN x * 1000")
        for number, (a, b) in enumerate(zip(left, right, strict=True), 1):
            assert (a[0], b[0]) == (number, number * 1000)


@scenario
def values_there_and_back(driver):
    zone = datetime.timezone(datetime.timedelta(hours=1))
    values = [
        None, True, False, 0, -1, 2**63 - 1, -(2**63), 1.5, float("inf"), "", "Grüße 世界", b"\x00\xff", [], [1, [2, "x"]],
        {"a": 1, "b": {"c": [None]}}, Date(2026, 11, 20), Time(10, 30, 15, 123456789), DateTime(2026, 11, 20, 10, 30, 15, 1),
        DateTime.from_native(datetime.datetime(2026, 11, 20, 10, 30, 15, 5, zone)),
        Duration(months=14, days=3, seconds=7, nanoseconds=9),
    ]
    with driver.session(database=DATABASE) as session:
        for value in values:
            back = one(session, "RETURN $x AS x", x=value)
            assert back == value, (value, back)
        assert numpy.isnan(one(session, "RETURN $x AS x", x=float("nan")))
        assert one(session, "RETURN VECTOR([1, 2.5]) AS v") == [1.0, 2.5]


@scenario
def nodes_edges_paths(driver):
    with driver.session(database=DATABASE) as session:
        session.run("INSERT (:G {_id: 'g1', x: 1})-[:E {w: 2}]->(:G&H {_id: 'g2'})").consume()
        a, e, b, p = session.run("MATCH p = (b:H)<-[e:E]-(a:G) RETURN a, e, b, p").single().values()
        assert set(b.labels) == {"G", "H"} and a["x"] == 1 and a["_id"] == "g1" and e.type == "E" and e["w"] == 2
        assert (e.start_node, e.end_node) == (a, b) and p.start_node == b and p.end_node == a and len(p) == 1
        assert a.element_id == "g1"


@scenario
def errors_and_recovery(driver):
    with driver.session(database=DATABASE) as session:
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
            assert one(session, "RETURN 1 AS n") == 1
    try:
        with GraphDatabase.driver(HTTP, auth=(USER, "wrong password")) as other:
            other.execute_query("RETURN 1", database_=DATABASE)
        raise AssertionError("a wrong password was let in")
    except Neo4jError as error:
        assert error.code == "Neo.ClientError.Security.Unauthorized", error.code


@scenario
def a_conflict_is_tried_again(driver):
    tries = []
    with driver.session(database=DATABASE) as session, driver.session(database=DATABASE) as other:
        session.run("INSERT (:Counter {_id: 'counter', n: 0})").consume()

        def work(tx):
            tries.append(1)
            tx.run("MATCH (c:Counter) SET c.n = c.n + 1").consume()
            if len(tries) == 1:
                other.run("MATCH (c:Counter) SET c.n = c.n + 10").consume()

        session.execute_write(work)
        assert len(tries) == 2, tries
        assert one(session, "MATCH (c:Counter) RETURN c.n") == 11


@scenario
def a_batch_of_vectors(driver):
    """20,000 vectors as Arrow: nodes in, and their vectors in and out, bit for bit."""
    rows, width = 20_000, 128
    ids = [f"v{number}" for number in range(rows)]
    matrix = numpy.random.default_rng(42).random((rows, width), dtype=numpy.float32)
    table = pyarrow.table({"_id": ids, "number": pyarrow.array(range(rows), pyarrow.int64())})
    status, answer = send("nodes?label=V", table)
    assert status == 200 and json.loads(answer)["nodes"] == rows, answer
    lists = pyarrow.FixedSizeListArray.from_arrays(matrix.reshape(-1), width)
    status, answer = send("vectors", pyarrow.table({"_id": ids, "v": lists}))
    assert status == 200 and json.loads(answer)["vectors"] == rows, answer
    back = arrow("MATCH (n:V) RETURN n.v AS v ORDER BY n.number").column("v").combine_chunks()
    assert back.type == pyarrow.list_(pyarrow.float32(), width), back.type
    assert numpy.array_equal(back.values.to_numpy().reshape(rows, width), matrix)


@scenario
def closing_cancels(driver):
    """A request for what takes minutes, whose client goes away; the server is soon as free as before."""
    with driver.session(database=DATABASE) as session:
        session.run("FOR i IN RANGE(1, 2000) INSERT (:Cancel {_id: 'c' || CAST(i AS STRING), i: i})").consume()
        session.run("MATCH (a:Cancel), (b:Cancel) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:C]->(b)").consume()
        call = "CALL algo.node2vec.write({nodeLabels: ['Cancel'], walksPerNode: 1000000}, {db: {property: 'never'}})"
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        client = http.client.HTTPConnection(HTTP.removeprefix("http://"))
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        client.request("POST", f"/db/{DATABASE}/query/v2", json.dumps({"statement": call}), headers)
        running = "SHOW TASKS YIELD status FILTER status = 'running' RETURN COUNT(*) AS n"
        for wanted in (1, 0):
            begun = time.time()
            while one(session, running) != wanted:
                assert time.time() - begun < 30, "it still runs" if wanted == 0 else "it does not begin"
                time.sleep(0.02)
            client.close()
        print(f"# cancelled after {time.time() - begun:.2f} s", file=sys.stderr)


@scenario
def embeddings_as_a_matrix(driver):
    with driver.session(database=DATABASE) as session:
        session.run("FOR i IN RANGE(1, 500) INSERT (:Main {_id: 'p' || CAST(i AS STRING), i: i})").consume()
        session.run("MATCH (a:Main), (b:Main) FILTER a.i < b.i AND b.i < a.i + 5 INSERT (a)-[:KNOWS]->(b)").consume()
        call = "CALL algo.node2vec.write({nodeLabels: ['Main'], dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten"
        assert one(session, call) == 500
    table = arrow("MATCH (p:Main) RETURN p._id AS id, p.embedding AS v ORDER BY p.i")
    matrix = table.column("v").combine_chunks().values.to_numpy().reshape(-1, 64)
    assert matrix.shape == (500, 64) and numpy.allclose(numpy.linalg.norm(matrix, axis=1), 1, atol=1e-5)
    stream = arrow("CALL algo.node2vec.stream({nodeLabels: ['Main'], dimensions: 64}) YIELD nodeId, embedding")
    assert stream.column("nodeId").to_pylist() == table.column("id").to_pylist()
    assert numpy.array_equal(stream.column("embedding").combine_chunks().values.to_numpy().reshape(-1, 64), matrix)


def main():
    failed = 0
    with GraphDatabase.driver(HTTP, auth=(USER, PASSWORD)) as driver:
        for function in SCENARIOS:
            try:
                with driver.session(database=DATABASE) as session:
                    session.run("MATCH (n) DETACH DELETE n").consume()
                function(driver)
                print(f"{function.__name__}\tok", flush=True)
            except Exception as error:
                failed += 1
                traceback.print_exc()
                print(f"{function.__name__}\t{type(error).__name__}: {str(error)[:200]!r}", flush=True)
    sys.exit(1 if failed else 0)


main()
