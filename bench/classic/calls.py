#!/usr/bin/env python3
"""What a caller waits for: CALLs of algorithms on a database on disk, beside Kuzu's extension algo.
usage: calls.py GRAPH.tsv WEND [--python PYTHON] [--only NAME,..] [--reps R] [--docs docs/benchmarks.md]
PYTHON has kuzu (0.11.3). A time is from the statement to its last row: `first` opens the database and makes the graph view, `again`
is the next call in the same process. WendDB's are differences between runs of the program with none, one and two calls. The least
of R runs; results are compared."""
import json, os, subprocess, sys, tempfile, time

option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
graph, wend, python, repetitions = sys.argv[1], sys.argv[2], option("--python", sys.executable), int(option("--reps", "3"))
MARK, END = "<!-- calls: written by bench/classic/calls.py --docs -->\n", "<!-- end of calls -->"
CALLS = {
    "pagerank": ("CALL algo.pagerank() YIELD nodeId RETURN COUNT(*) AS n", "CALL page_rank('G') RETURN COUNT(*)"),
    "wcc": ("CALL algo.wcc() YIELD componentId RETURN COUNT(DISTINCT componentId) AS n", "CALL weakly_connected_components('G') RETURN COUNT(DISTINCT group_id)"),
    "scc": ("CALL algo.scc() YIELD componentId RETURN COUNT(DISTINCT componentId) AS n", "CALL strongly_connected_components('G') RETURN COUNT(DISTINCT group_id)"),
    "kcore": ("CALL algo.kcore() YIELD coreness RETURN MAX(coreness) AS n", "CALL k_core_decomposition('G') RETURN MAX(k_degree)"),
    "louvain": ("CALL algo.louvain() YIELD communityId RETURN COUNT(*) AS n", "CALL louvain('G') RETURN COUNT(*)"),
}
only = option("--only", ",".join(CALLS)).split(",")
KUZU = """import json, kuzu, sys, time
nodes, edges, path, name, call, repetitions = sys.argv[1:]
import os
if not os.path.exists(path):
    c = kuzu.Connection(kuzu.Database(path))
    c.execute("CREATE NODE TABLE N(id INT64, PRIMARY KEY(id))"); c.execute("CREATE REL TABLE E(FROM N TO N)")
    c.execute(f"COPY N FROM '{nodes}' (HEADER=true)"); c.execute(f"COPY E FROM '{edges}' (HEADER=true)")
    c.execute("INSTALL algo")
best = [1e9, 1e9]
for _ in range(int(repetitions)):
    c = kuzu.Connection(kuzu.Database(path))
    c.execute("LOAD algo"); c.execute("CALL project_graph('G', ['N'], ['E'])")
    for at in range(2):
        begun = time.perf_counter()
        answer = c.execute(call).get_all()[0][0]
        best[at] = min(best[at], time.perf_counter() - begun)
print(json.dumps([best, answer]))"""


def seconds(database, calls):
    least, out = float("inf"), ""
    for _ in range(repetitions):
        begun = time.perf_counter()
        out = subprocess.run([wend, database, "--format", "jsonl", *(word for call in calls for word in ("-c", call))], check=True, capture_output=True, text=True).stdout
        least = min(least, time.perf_counter() - begun)
    return least, json.loads(out.splitlines()[-1])["n"]


with tempfile.TemporaryDirectory(dir=option("--out", None)) as folder:
    place = lambda name: os.path.join(folder, name)
    with open(graph) as lines:
        edges = [line.split()[:2] for line in lines]
    count = max(int(end) for edge in edges for end in edge) + 1
    for file, node, ends in [("wend", "_id", "_from,_to"), ("kuzu", "id", "a,b")]:
        with open(place(f"nodes.{file}.csv"), "w") as out:
            out.write(f"{node}\n" + "".join(f"{v}\n" for v in range(count)))
        with open(place(f"edges.{file}.csv"), "w") as out:
            out.write(f"{ends}\n" + "".join(f"{a},{b}\n" for a, b in edges))
    subprocess.run([wend, "import", place("wend"), "--nodes", "N=" + place("nodes.wend.csv"), "--edges", "E=" + place("edges.wend.csv")], check=True, stdout=subprocess.DEVNULL)
    shown = lambda s: f"{s * 1e3:.0f} ms" if s < 1 else f"{s:.2f} s"
    out = ["| call | WendDB, first | again | Kuzu, first | again |", "|---|---:|---:|---:|---:|"]
    nothing = seconds(place("wend"), ["RETURN 1 AS n"])[0]
    for name in only:
        ours, theirs = CALLS[name]
        one, answer = seconds(place("wend"), [ours])
        two, _ = seconds(place("wend"), [ours, ours])
        kuzu = subprocess.run([python, "-c", KUZU, place("nodes.kuzu.csv"), place("edges.kuzu.csv"), place("kuzu"), name, theirs, str(repetitions)], check=True, capture_output=True, text=True)
        best, other = json.loads(kuzu.stdout)
        if name != "louvain" and answer != other:
            sys.stderr.write(f"{name}: WendDB {answer}, Kuzu {other}\n")
        out.append(f"| {name} | {shown(one - nothing)} | {shown(two - one)} | {shown(best[0])} | {shown(best[1])} |")
        print(out[-1], flush=True)
page = option("--docs", None)
if page:
    with open(page) as file:
        head, rest = file.read().split(MARK)
    with open(page, "w") as file:
        file.write(head + MARK + "\n".join(out) + "\n" + END + rest.split(END, 1)[1])
