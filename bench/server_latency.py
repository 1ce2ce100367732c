"""Small statements one after the other: RETURN 1, a point lookup and a 1-hop, by one client and by eight at a time, on 20,000
persons with 10 edges each; over Bolt with the Python driver, or with Kuzu in the client's own process as a floor, which pays for
neither a network nor a second process.

usage: server_latency.py HOST:PORT USER PASSWORD [SECONDS]    with the Python package neo4j
       server_latency.py kuzu [SECONDS]                       with the Python package kuzu
Prints requests per second, p50 and p99 in milliseconds. The ids asked for are drawn with a seed; all rows are read.
"""

import random
import sys
import tempfile
import threading
import time

PERSONS, EACH = 20_000, 10
IDS = [f"p{number}" for number in range(PERSONS)]
EDGES = [(f"p{a}", f"p{(a * 7919 + k * 104_729 + 1) % PERSONS}") for a in range(PERSONS) for k in range(EACH)]


class Bolt:
    STATEMENTS = {
        "RETURN 1": "RETURN 1 AS n",
        "point lookup": "MATCH (p:Person {_id: $id}) RETURN p.age",
        "1-hop": "MATCH (p:Person {_id: $id})-[:KNOWS]->(q) RETURN q._id, q.age",
    }

    def __init__(self, address, user, password):
        from neo4j import GraphDatabase

        self.driver = GraphDatabase.driver(f"bolt://{address}", auth=(user, password))
        with self.driver.session() as session:
            session.run("MATCH (p:Person) DETACH DELETE p").consume()
            rows = [[name, place % 90] for place, name in enumerate(IDS)]
            session.run("FOR r IN $rows INSERT (:Person {_id: r[0], age: r[1]})", rows=rows).consume()
            for first in range(0, len(EDGES), 20_000):
                statement = "FOR e IN $edges MATCH (a:Person {_id: e[0]}), (b:Person {_id: e[1]}) INSERT (a)-[:KNOWS]->(b)"
                session.run(statement, edges=[list(edge) for edge in EDGES[first : first + 20_000]]).consume()

    def client(self):
        session = self.driver.session()
        return lambda statement, id: sum(1 for _ in session.run(statement, id=id))


class Kuzu:
    STATEMENTS = {
        "RETURN 1": "RETURN 1 AS n",
        "point lookup": "MATCH (p:Person {id: $id}) RETURN p.age",
        "1-hop": "MATCH (p:Person {id: $id})-[:KNOWS]->(q:Person) RETURN q.id, q.age",
    }

    def __init__(self):
        # Beside this file there is a script of that name.
        sys.path.pop(0)
        import kuzu

        self.kuzu = kuzu
        self.folder = tempfile.TemporaryDirectory()
        self.database = kuzu.Database(self.folder.name + "/db")
        connection = kuzu.Connection(self.database)
        connection.execute("CREATE NODE TABLE Person(id STRING, age INT64, PRIMARY KEY(id))")
        connection.execute("CREATE REL TABLE KNOWS(FROM Person TO Person)")
        for name, lines in {
            "Person": [f"{name},{place % 90}" for place, name in enumerate(IDS)],
            "KNOWS": [f"{a},{b}" for a, b in EDGES],
        }.items():
            path = f"{self.folder.name}/{name}.csv"
            with open(path, "w") as file:
                file.write("\n".join(lines))
            connection.execute(f"COPY {name} FROM '{path}'")

    def client(self):
        connection = self.kuzu.Connection(self.database, num_threads=1)
        prepared = {text: connection.prepare(text) for text in self.STATEMENTS.values()}

        def run(statement, id):
            result = connection.execute(prepared[statement], {"id": id} if "$id" in statement else {})
            return len(result.get_all())

        return run


def measure(side, name, clients, seconds):
    statement, times, lock = side.STATEMENTS[name], [], threading.Lock()

    def work(seed):
        run, chance, own = side.client(), random.Random(seed), []
        for _ in range(50):
            run(statement, IDS[chance.randrange(PERSONS)])
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            rows = run(statement, IDS[chance.randrange(PERSONS)])
            own.append(time.perf_counter() - begun)
            assert rows == (EACH if name == "1-hop" else 1), rows
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(clients)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    times.sort()
    p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    print(f"{name:14} {clients} clients {len(times) / seconds:8.0f}/s  p50 {p50:7.3f} ms  p99 {p99:7.3f} ms", flush=True)


def main():
    arguments = sys.argv[1:]
    count = 1 if arguments[0] == "kuzu" else 3
    side = Kuzu() if arguments[0] == "kuzu" else Bolt(*arguments[:3])
    seconds = float(arguments[count]) if len(arguments) > count else 5
    for name in side.STATEMENTS:
        for clients in (1, 8):
            measure(side, name, clients, seconds)


main()
