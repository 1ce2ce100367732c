"""Measures the Python package, beside Kuzu's where that is installed: python measure.py [ROWS].

Import, a matrix of 100,000 x 128 from CALL to numpy, the edges of a graph as arrays, memory of a large matrix, point reads, a
DataFrame loaded and read. Both systems run in turn in one process, each figure is the best of several.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import wenddb

wenddb.progress = False


def best(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


def line(what: str, *figures: str) -> None:
    print(f"| {what} | {' | '.join(figures)} |", flush=True)


def imports() -> None:
    code = "import numpy, time; t = time.perf_counter(); import wenddb; wenddb.connect; print(time.perf_counter() - t)"
    taken = [float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) for _ in range(7)]
    line("import beyond numpy", f"{min(taken) * 1000:.0f} ms")


def arrays(nodes: int, edges: int) -> None:
    rng = np.random.default_rng(1)
    with wenddb.connect() as db:
        db.insert_nodes("N", {"_id": np.arange(nodes)})
        db.insert_edges("R", {"_from": rng.integers(nodes, size=edges), "_to": rng.integers(nodes, size=edges)})
        db.csr()
        line(f"db.csr(), {edges} edges", f"{best(db.csr) * 1000:.1f} ms")
        db.algo.fastrp(dimensions=8)
        computed = min(db.algo.fastrp.stats(dimensions=128)["computeTimeMs"] for _ in range(3)) / 1000
        taken = best(lambda: db.algo.fastrp(dimensions=128).matrix, 3)
        line(f"algo.fastrp, {nodes} x 128, .matrix", f"{taken:.3f} s", f"of which computing {computed:.3f} s")
        call = "CALL algo.fastrp({dimensions: 128}) YIELD embedding"
        taken = best(lambda: db.gql(call).numpy("embedding"), 3)
        line(f"gql({call!r}).numpy", f"{taken:.3f} s", f"of which computing {computed:.3f} s")
        e = db.algo.fastrp(dimensions=128)
        line("e.write(..)", f"{best(lambda: e.write('v'), 3):.3f} s")
        line("db.vectors(..)", f"{best(lambda: db.vectors('N', 'v'), 3):.3f} s")


def memory() -> None:
    code = """
import resource, wenddb, numpy as np
n = 1_000_000
db = wenddb.connect()
db.insert_nodes("N", {"_id": np.arange(n)})
rng = np.random.default_rng(1)
db.insert_edges("R", {"_from": rng.integers(n, size=2 * n), "_to": rng.integers(n, size=2 * n)})
db.csr(orientation="undirected")
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
before = rss()
e = db.algo.fastrp(dimensions=128)
m = e.matrix
print((rss() - before) / m.nbytes)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    line("memory of 1,000,000 x 128 after the call, of the matrix", f"{float(done.stdout):.2f}")


def beside_kuzu(rows: int) -> None:
    import pandas

    rng = np.random.default_rng(2)
    people = pandas.DataFrame({"id": [f"p{n}" for n in range(rows)], "age": rng.integers(0, 90, rows), "score": rng.random(rows)})
    links = pandas.DataFrame({"a": people.id[rng.integers(rows, size=rows)].values, "b": people.id[rng.integers(rows, size=rows)].values})
    wanted = [f"p{n}" for n in rng.integers(rows, size=2000)]
    line(f"{rows} rows", "WendDB", "Kuzu")
    with tempfile.TemporaryDirectory() as place:
        db = wenddb.connect(Path(place) / "w")
        figures: dict[str, list[float]] = {}

        def measured(what: str, work: Callable[[], object], times: int = 1) -> None:
            figures.setdefault(what, []).append(best(work, times))

        measured("nodes from a DataFrame", lambda: db.insert_nodes("P", people, id="id"))
        measured("edges from a DataFrame", lambda: db.insert_edges("K", links, src="a", dst="b"))

        def reads(run: Callable[[str], object]) -> Callable[[], object]:
            return lambda: [run(one) for one in wanted]

        measured("2,000 point reads", reads(lambda one: db.gql("MATCH (p:P {_id: $id}) RETURN p.age", id=one).value()), 3)
        measured("2,000 neighbours", reads(lambda one: db.gql("MATCH (p:P {_id: $id})-[:K]->(q) RETURN q.age", id=one).fetchall()), 3)
        measured("all rows as a DataFrame", lambda: db.gql("MATCH (p:P) RETURN p._id AS id, p.age AS age, p.score AS score").df(), 3)
        measured("a group as a DataFrame", lambda: db.gql("MATCH (p:P) RETURN p.age AS age, AVG(p.score) AS s GROUP BY age").df(), 3)
        try:
            import kuzu
        except ImportError:
            print("kuzu is not installed: no figures beside it")
        else:
            # It knows texts as objects, and not the type that pandas 3 has for them.
            old = lambda frame: frame.astype({name: object for name in frame.columns if frame[name].dtype.kind not in "if"})  # noqa: E731
            connection = kuzu.Connection(kuzu.Database(str(Path(place) / "k")))
            connection.execute("CREATE NODE TABLE P(id STRING, age INT64, score DOUBLE, PRIMARY KEY(id))")
            connection.execute("CREATE REL TABLE K(FROM P TO P)")
            measured("nodes from a DataFrame", lambda: connection.execute("COPY P FROM $df", {"df": old(people)}))
            measured("edges from a DataFrame", lambda: connection.execute("COPY K FROM $df", {"df": old(links)}))
            point = connection.prepare("MATCH (p:P {id: $id}) RETURN p.age")
            measured("2,000 point reads", reads(lambda one: connection.execute(point, {"id": one}).get_next()), 3)
            near = connection.prepare("MATCH (p:P {id: $id})-[:K]->(q) RETURN q.age")
            measured("2,000 neighbours", reads(lambda one: connection.execute(near, {"id": one}).get_all()), 3)
            measured("all rows as a DataFrame", lambda: connection.execute("MATCH (p:P) RETURN p.id, p.age, p.score").get_as_df(), 3)
            measured("a group as a DataFrame", lambda: connection.execute("MATCH (p:P) RETURN p.age, avg(p.score)").get_as_df(), 3)
        for what, taken in figures.items():
            line(what, *(f"{seconds:.3f} s" for seconds in taken))


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    imports()
    arrays(100_000, 1_000_000)
    memory()
    beside_kuzu(rows)
