#!/usr/bin/env python3
"""WendDB beside Kuzu: the same data, queries and inserts, each system in a process of its own, one after the other.

usage: bench/kuzu.py [--graph sbm100k.tsv] [--out DIRECTORY] [--docs docs/benchmarks.md] [--quick]
Needs `pip install kuzu==0.11.3` and the example `versus` (cargo build --release -p wenddb --example versus).

Data: the undirected edges of --graph (one `u<TAB>v` a line), where it is given, and a made social network like that of LDBC SNB
(persons who know each other, posts with a creator). Both systems read CSV files, keep the database on disk with their default
settings, and are called in process: Kuzu through Python with prepared statements, WendDB through its library with the text and
parameters. A latency is the median of its runs, rows fetched. Answers are compared: a difference ends the run."""
import argparse, json, os, pathlib, random, shutil, statistics, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# This file has the name of the module that it imports.
sys.path = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != ROOT / "bench"]
sys.modules.pop("kuzu", None)
NAMES = {"load": "bulk load", "insert each": "10,000 nodes, a transaction each", "insert in one": "10,000 nodes in one transaction"}


def write(path, header, rows):
    with open(path, "w") as out:
        out.write(",".join(header) + "\n")
        out.writelines(",".join(map(str, row)) + "\n" for row in rows)
    return str(path)


def table(directory, kind, label, columns, rows, ends=None):
    """The files of a table for both systems; columns are (name, type)."""
    names = [name for name, _ in columns]
    first = ["_id"] if ends is None else ["_from", "_to"]
    wend = write(directory / f"{label}.wend.csv", first + names, rows)
    kuzu = write(directory / f"{label}.kuzu.csv", ["id" if ends is None else "a"] + ([] if ends is None else ["b"]) + names, rows)
    return {"label": label, "wend": wend, "kuzu": kuzu, "columns": columns, "ends": ends}


def hops(node, edge, pick, counts):
    """Neighbour counts: every walk of k edges, and the different nodes at their ends."""
    queries = []
    for k in (1, 2, 3):
        gql = "-[:%s]-(b)" % edge if k == 1 else "".join(f"-[:{edge}]-({'b' if i == k else ''})" for i in range(1, k + 1))
        cypher = "".join(f"-[:{edge}]-({'b' if i == k else f'n{i}'}:{node})" for i in range(1, k + 1))
        for what in ("COUNT(*)", "COUNT(DISTINCT b)"):
            if k == 1 and what != "COUNT(*)":
                continue
            queries.append({
                "name": f"{k}-hop neighbours, {'walks' if what == 'COUNT(*)' else 'nodes'}",
                "gql": f"MATCH REPEATABLE ELEMENTS (a:{node} {{_id: $id}}){gql} RETURN {what} AS n",
                "cypher": f"MATCH (a:{node} {{id: $id}}){cypher} RETURN COUNT({'*' if what == 'COUNT(*)' else 'DISTINCT b.id'}) AS n",
                "params": [{"id": pick()} for _ in range(counts[k - 1])],
            })
    return queries


def workload(node, edge, scan, pick, quick):
    many = 20 if quick else 1
    pair = lambda: {"a": pick(), "b": pick()}
    return [
        {"name": "point lookup by _id", "gql": f"MATCH (n:{node} {{_id: $id}}) RETURN n.x AS x",
         "cypher": f"MATCH (n:{node} {{id: $id}}) RETURN n.x AS x", "params": [{"id": pick()} for _ in range(2000 // many)]},
        *hops(node, edge, pick, (1000 // many, 200 // many, 40 // min(many, 4))),
        {"name": "scan, filter, aggregate", "gql": f"MATCH (n:{scan}) WHERE n.x > 30 RETURN n.block AS block, SUM(n.x) AS s, COUNT(*) AS n",
         "cypher": f"MATCH (n:{scan}) WHERE n.x > 30 RETURN n.block AS block, SUM(n.x) AS s, COUNT(*) AS n", "params": [{}] * 10},
        {"name": "shortest path", "gql": f"MATCH p = ANY SHORTEST (a:{node} {{_id: $a}})-[:{edge}]-{{1,12}}(b:{node} {{_id: $b}}) RETURN PATH_LENGTH(p) AS n",
         "cypher": f"MATCH (a:{node} {{id: $a}})-[e:{edge}* SHORTEST 1..12]-(b:{node} {{id: $b}}) RETURN LENGTH(e) AS n",
         "params": [pair() for _ in range(100 // many)]},
    ]


def shapes(node, edge, pick, quick):
    """Analytical statements: what people write who look at a whole graph. The last column of each is a number, to compare."""
    group = f"a.block = 3 AND b.block = 4"
    some = [pick() for _ in range(500 if quick else 10_000)]
    pair = {"a": pick(), "b": pick()}
    both = [
        ("all edges, labels at both ends", f"MATCH (:{node})-[e:{edge}]->(:{node}) RETURN COUNT(*) AS n"),
        ("ten nodes with the most edges", f"MATCH (a:{node})-[:{edge}]->(b:{node}) RETURN b.ID AS id, COUNT(*) AS c ORDER BY c DESC LIMIT 10"),
        ("two steps from all nodes, counted", f"MATCH (a:{node})-[:{edge}]->(b:{node})-[:{edge}]->(c:{node}) RETURN COUNT(*) AS n"),
        ("triangles", f"MATCH (a:{node})-[:{edge}]->(b:{node})-[:{edge}]->(c:{node}), (a)-[:{edge}]->(c) RETURN COUNT(*) AS n"),
        ("edges grouped by a property of the end", f"MATCH (a:{node})-[:{edge}]->(b:{node}) RETURN b.block AS block, COUNT(*) AS n ORDER BY block"),
        ("edges grouped by properties of both ends", f"MATCH (a:{node})-[:{edge}]->(b:{node}) RETURN a.block AS p, b.block AS q, COUNT(*) AS n ORDER BY p, q"),
        ("sum over edges", f"MATCH (a:{node})-[:{edge}]->(b:{node}) WHERE a.x < b.x RETURN SUM(b.x - a.x) AS n"),
        ("two groups joined by =", f"MATCH (a:{node}), (b:{node}) WHERE {group} AND a.x = b.x RETURN COUNT(*) AS n"),
        ("two groups joined by <", f"MATCH (a:{node}), (b:{node}) WHERE {group} AND a.x < b.x RETURN COUNT(*) AS n"),
        ("optional chain", f"MATCH (a:{node}) WHERE a.block = 3 OPTIONAL MATCH (a)-[:{edge}]->(b:{node}) OPTIONAL MATCH (b)-[:{edge}]->(c:{node}) RETURN COUNT(c.x) AS n"),
        ("ten pairs of a group with the most common neighbours", f"MATCH (a:{node})-[:{edge}]->(m:{node})<-[:{edge}]-(b:{node}) WHERE a.block = 3 AND b.block = 3 AND a.ID < b.ID RETURN a.ID AS a, b.ID AS b, COUNT(*) AS n ORDER BY n DESC LIMIT 10"),
        ("ten best of all edges", f"MATCH (a:{node})-[:{edge}]->(b:{node}) RETURN a.ID AS a, b.ID AS b, a.x * 100 + b.x AS s ORDER BY s DESC LIMIT 10"),
        ("ten best of all nodes", f"MATCH (a:{node}) RETURN a.ID AS id, a.x * 100 + a.block AS s ORDER BY s DESC LIMIT 10"),
        ("text equality without an index", f"MATCH (a:{node}) WHERE a.name = 'name 17' RETURN COUNT(*) AS n"),
        ("one of a list of 10,000 of the key", f"MATCH (a:{node}) WHERE a.ID IN $list RETURN COUNT(*) AS n"),
        ("one of a list of 10,000, not the key", f"MATCH (a:{node}) WHERE (a.x * 100000 + a.block) IN $numbers RETURN COUNT(*) AS n"),
        ("EXISTS, two steps", f"MATCH (a:{node}) WHERE EXISTS {{ MATCH (a)-[:{edge}]->(b:{node})-[:{edge}]->(c:{node}) WHERE c.x = 7 }} RETURN COUNT(*) AS n"),
    ]
    lists = {"list": some, "numbers": [100000 * i + i % 50 for i in range(len(some))]}
    params = lambda text: {name: value for name, value in lists.items() if "$" + name in text}
    queries = [{"name": name, "gql": text.replace(".ID", "._id"), "cypher": text.replace(".ID", ".id"), "params": [params(text)] * (2 if "of the key" in name else 5)} for name, text in both]
    paths = [
        ("walks of 1 to 4 steps between two nodes", f"MATCH REPEATABLE ELEMENTS (a:{node} {{_id: $a}})-[:{edge}]-{{1,4}}(b:{node} {{_id: $b}}) RETURN COUNT(*) AS n",
         f"MATCH (a:{node} {{id: $a}})-[:{edge}*1..4]-(b:{node} {{id: $b}}) RETURN COUNT(*) AS n", pair),
        ("shortest paths from one node to all", f"MATCH ANY SHORTEST (a:{node} {{_id: $a}})-[:{edge}]-{{1,12}}(b:{node}) WHERE b._id <> $a RETURN COUNT(*) AS n",
         f"MATCH (a:{node} {{id: $a}})-[:{edge}* SHORTEST 1..12]-(b:{node}) WHERE b.id <> $a RETURN COUNT(*) AS n", {"a": pair["a"]}),
    ]
    return queries + [{"name": name, "gql": gql, "cypher": cypher, "params": [params] * 5} for name, gql, cypher, params in paths]


def from_edges(path, directory, quick):
    edges = [line.split() for line in open(path)]
    count = 1 + max(int(end) for edge in edges for end in edge)
    random.seed(1)
    nodes = [(i, random.randrange(50), random.randrange(100), f"name {random.randrange(1000)}") for i in range(count)]
    pick = lambda: str(random.randrange(count))
    return {"title": f"{pathlib.Path(path).stem}: {count:,} nodes, {len(edges):,} edges",
            "nodes": [table(directory, "node", "Node", [("block", "INT64"), ("x", "INT64"), ("name", "STRING")], nodes)],
            "edges": [table(directory, "edge", "LINK", [], edges, ("Node", "Node"))],
            "queries": workload("Node", "LINK", "Node", pick, quick) + shapes("Node", "LINK", pick, quick), "insert": "Node"}


def social(directory, quick):
    """Persons with a skewed number of friends, and posts with their creator."""
    random.seed(2)
    persons, posts, links = (2000, 10_000, 30_000) if quick else (20_000, 200_000, 400_000)
    skewed = lambda: min(int(random.paretovariate(1.0)) - 1, persons - 1)
    place = random.sample(range(persons), persons)
    friends = set()
    while len(friends) < links:
        a, b = place[skewed()], random.randrange(persons)
        if random.random() < 0.7:
            a = random.randrange(persons)
        if a != b:
            friends.add((min(a, b), max(a, b)))
    people = [(f"p{i}", random.randrange(50), random.randrange(100)) for i in range(persons)]
    texts = [(f"t{i}", random.randrange(50), random.randrange(100)) for i in range(posts)]
    author = [(f"t{i}", f"p{random.randrange(persons)}") for i in range(posts)]
    pick = lambda: f"p{random.randrange(persons)}"
    queries = workload("Person", "KNOWS", "Post", pick, quick)
    queries.append({
        "name": "posts of friends, the ten best",
        "gql": "MATCH (a:Person {_id: $id})-[:KNOWS]-(f)<-[:CREATED_BY]-(t:Post) RETURN t._id AS id, t.x AS x ORDER BY x DESC, id LIMIT 10",
        "cypher": "MATCH (a:Person {id: $id})-[:KNOWS]-(f:Person)<-[:CREATED_BY]-(t:Post) RETURN t.id AS id, t.x AS x ORDER BY x DESC, id LIMIT 10",
        "params": [{"id": pick()} for _ in range(20 if quick else 200)]})
    columns = [("block", "INT64"), ("x", "INT64")]
    return {"title": f"social network: {persons:,} persons, {links:,} friendships, {posts:,} posts",
            "nodes": [table(directory, "node", "Person", columns, people), table(directory, "node", "Post", columns, texts)],
            "edges": [table(directory, "edge", "KNOWS", [], [(f"p{a}", f"p{b}") for a, b in sorted(friends)], ("Person", "Person")),
                      table(directory, "edge", "CREATED_BY", [], author, ("Post", "Person"))],
            "queries": queries, "insert": "Person"}


def run_wend(spec, directory):
    spec = {**spec, "insert_gql": f"INSERT (:{spec['insert']} {{_id: $id, block: 1, x: $x}})"}
    path = directory / "spec.json"
    path.write_text(json.dumps(spec))
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    command = [target / "release/examples/versus", path, directory / "wend.db"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {row["name"]: row for row in map(json.loads, out.splitlines())}


def run_kuzu(spec, directory):
    import kuzu
    results = {}
    def note(name, seconds, answer):
        results[name] = {"seconds": seconds, "answer": answer}
    db = kuzu.Database(str(directory / "kuzu.db"))
    conn = kuzu.Connection(db, num_threads=spec["threads"])
    started, loaded = time.perf_counter(), 0
    for node in spec["nodes"]:
        columns = "".join(f", {name} {kind}" for name, kind in node["columns"])
        conn.execute(f"CREATE NODE TABLE {node['label']}(id STRING{columns}, PRIMARY KEY(id))")
        conn.execute(f"COPY {node['label']} FROM '{node['kuzu']}' (HEADER=true)")
    for edge in spec["edges"]:
        conn.execute(f"CREATE REL TABLE {edge['label']}(FROM {edge['ends'][0]} TO {edge['ends'][1]})")
        conn.execute(f"COPY {edge['label']} FROM '{edge['kuzu']}' (HEADER=true)")
    seconds = time.perf_counter() - started
    for node in spec["nodes"]:
        loaded += conn.execute(f"MATCH (n:{node['label']}) RETURN COUNT(*)").get_next()[0]
    note("load", [seconds], loaded)
    for query in spec["queries"]:
        prepared = conn.prepare(query["cypher"])
        seconds, answer = [], 0
        for warm_up in (True, False):
            for params in query["params"][:3] if warm_up else query["params"]:
                started = time.perf_counter()
                rows = conn.execute(prepared, params).get_all()
                elapsed = time.perf_counter() - started
                if not warm_up:
                    seconds.append(elapsed)
                    answer += sum(row[-1] for row in rows)
        note(query["name"], seconds, answer)
    insert = conn.prepare(f"CREATE (:{spec['insert']} {{id: $id, block: 1, x: $x}})")
    started = time.perf_counter()
    for i in range(spec["inserts"]):
        conn.execute(insert, {"id": f"one-{i}", "x": i})
    note("insert each", [time.perf_counter() - started], spec["inserts"])
    started = time.perf_counter()
    conn.execute("BEGIN TRANSACTION")
    for i in range(spec["inserts"]):
        conn.execute(insert, {"id": f"all-{i}", "x": i})
    conn.execute("COMMIT")
    note("insert in one", [time.perf_counter() - started], spec["inserts"])
    return results


def shown(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def compare(spec, directory):
    directory.mkdir(parents=True)
    wend, kuzu = run_wend(spec, directory), run_kuzu(spec, directory)
    lines = [f"### {spec['title']}", "", "| work | WendDB | Kuzu | WendDB / Kuzu |", "|---|---:|---:|---:|"]
    for name, ours in wend.items():
        theirs = kuzu[name]
        if ours["answer"] != theirs["answer"]:
            sys.exit(f"{spec['title']}, {name}: WendDB counts {ours['answer']}, Kuzu {theirs['answer']}")
        a, b = statistics.median(ours["seconds"]), statistics.median(theirs["seconds"])
        lines.append(f"| {NAMES.get(name, name)} | {shown(a)} | {shown(b)} | {a / b:.2f} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", help="undirected edges, one `u<TAB>v` a line")
    parser.add_argument("--out", default=str(ROOT / "bench/out/kuzu"), help="where data and databases go")
    parser.add_argument("--docs", help="the page whose section on Kuzu is written again")
    parser.add_argument("--threads", type=int, default=0, help="threads of each system; 0 = one for each core")
    parser.add_argument("--only", help="only queries whose name has this in it")
    parser.add_argument("--quick", action="store_true", help="small data, few runs: to see that it works")
    args = parser.parse_args()
    out = pathlib.Path(args.out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    specs = [from_edges(args.graph, out, args.quick)] if args.graph else []
    specs.append(social(out, args.quick))
    sections = []
    for number, spec in enumerate(specs):
        spec["inserts"] = 500 if args.quick else 10_000
        spec["threads"] = args.threads
        if args.only:
            spec["queries"], spec["inserts"] = [query for query in spec["queries"] if args.only in query["name"]], 1
        print(f"\n{spec['title']}")
        sections.append(compare(spec, out / f"run{number}"))
    if args.docs:
        page = pathlib.Path(args.docs)
        before, mark, end = "<!-- kuzu: written by bench/kuzu.py --docs -->\n", "", "<!-- end of kuzu -->"
        head, rest = page.read_text().split(before)
        page.write_text(head + before + "\n".join(sections) + end + rest.split(end, 1)[1])


if __name__ == "__main__":
    main()
