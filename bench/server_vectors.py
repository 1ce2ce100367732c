"""A matrix of vectors out of a server by three ways, and into it by one: Arrow over HTTP, Bolt with blockSize, Bolt 6 with a
Vector for each row.

usage: server_vectors.py HOST:PORT USER PASSWORD [ROWS]; with the Python packages neo4j 6, numpy and pyarrow. The same call gives
the vectors each time, and computes them each time: `compute` is the call alone. Seconds are of the whole way to a numpy matrix.
"""

import base64
import json
import sys
import time
import urllib.request

import numpy
import pyarrow
import pyarrow.ipc
from neo4j import GraphDatabase

address, user, password = sys.argv[1:4]
rows = int(sys.argv[4]) if len(sys.argv) > 4 else 1_000_000
WIDTH = 128
LOGIN = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
ARROW = "application/vnd.apache.arrow.stream"
CALL = "CALL algo.node2vec.{mode}({{dimensions: 128, walkLength: 2, walksPerNode: 1{more}}}) YIELD {columns} RETURN {columns}"


def ask(path, body, headers):
    request = urllib.request.Request(f"http://{address}/db/default{path}", body, LOGIN | headers)
    return urllib.request.urlopen(request, timeout=600)


def send(path, table):
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=50_000)
    return json.load(ask(path, sink.getvalue().to_pybytes(), {"Content-Type": ARROW}))


def query(statement):
    body = json.dumps({"statement": statement}).encode()
    return ask("/query/v2", body, {"Content-Type": "application/json", "Accept": ARROW})


def matrix_of(column):
    return numpy.concatenate([chunk.values.to_numpy().reshape(-1, WIDTH) for chunk in column.chunks])


def by_arrow():
    statement = CALL.format(mode="stream", more="", columns="nodeId, embedding")
    with query(statement) as answer:
        return matrix_of(pyarrow.ipc.open_stream(answer).read_all().column("embedding"))


def by_blocks(session):
    statement = CALL.format(mode="stream", more=", blockSize: 1000", columns="nodeIds, matrix")
    blocks = [numpy.frombuffer(record["matrix"], "<f4") for record in session.run(statement)]
    return numpy.concatenate(blocks).reshape(-1, WIDTH)


def by_rows(session):
    statement = CALL.format(mode="stream", more="", columns="nodeId, embedding")
    return numpy.array([record["embedding"].to_numpy() for record in session.run(statement)], dtype=numpy.float32)


def timed(name, work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    print(f"{name:28} {time.perf_counter() - wall:8.2f} s  client {time.process_time() - processor:7.2f} CPU s", flush=True)
    return result


def main():
    ids = [f"b{number}" for number in range(rows)]
    timed("nodes by Arrow", lambda: send("/import/nodes?label=B", pyarrow.table({"_id": ids})))
    matrix = numpy.random.default_rng(42).random((rows, WIDTH), dtype=numpy.float32)
    vectors = pyarrow.FixedSizeListArray.from_arrays(matrix.reshape(-1), WIDTH)
    timed("vectors by Arrow, in", lambda: send("/import/vectors", pyarrow.table({"_id": ids, "v": vectors})))
    stored = timed("stored vectors by Arrow, out", lambda: pyarrow.ipc.open_stream(query("MATCH (b:B) RETURN b.v AS v")).read_all())
    assert numpy.array_equal(matrix_of(stored.column("v")), matrix)
    with GraphDatabase.driver(f"bolt://{address}", auth=(user, password)) as driver, driver.session() as session:
        timed("compute", lambda: session.run(CALL.format(mode="stats", more="", columns="nodeCount")).consume())
        first = timed("Arrow over HTTP", by_arrow)
        for name, way in (("Bolt, blocks of 1,000", by_blocks), ("Bolt 6, a Vector each", by_rows)):
            assert numpy.array_equal(timed(name, lambda: way(session)), first)


main()
