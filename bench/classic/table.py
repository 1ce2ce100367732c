#!/usr/bin/env python3
"""The table of docs/benchmarks.md: classic algorithms beside igraph, NetworKit and scikit-network, in one run.
usage: table.py DIRECTORY CLASSIC_BENCH [--python PYTHON] [--graphs NAME,..] [--only NAME,..] [--reps R] [--threads 1,2]
DIRECTORY has NAME.tsv, an edge list for each graph; what is missing of `uniform1m` (1 M nodes, 10 M random edges) and the weights for
sssp (NAME.weighted.tsv) is made there. PYTHON has the packages that peers.py asks for. For each graph and number of threads both sides
run one after the other, so that they meet the same machine. Prints JSON lines to standard error and the table to standard output."""
import json, os, random, subprocess, sys

option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
directory, bench = sys.argv[1], sys.argv[2]
python, repetitions = option("--python", sys.executable), option("--reps", "5")
graphs = option("--graphs", "sbm100k,rmat18,uniform1m").split(",")
threads = option("--threads", "1,2").split(",")
ARGUMENTS = {
    "pagerank": ["--orientation", "undirected"],
    "wcc": [],
    "triangles": [],
    "lcc": [],
    "kcore": [],
    "bfs": ["--orientation", "undirected", "--source", "0"],
    "sssp": ["--orientation", "undirected", "--source", "0", "--weight", "w"],
    "leiden": ["--maxIterations", "2"],
    "louvain": [],
    "betweenness": ["--orientation", "undirected", "--samplingSize", "100"],
}
only = option("--only", ",".join(ARGUMENTS)).split(",")
here = os.path.dirname(os.path.abspath(__file__))


def edges(graph):
    path = os.path.join(directory, graph + ".tsv")
    if graph == "uniform1m" and not os.path.exists(path):
        drawn = random.Random(42)
        with open(path, "w") as out:
            for _ in range(10_000_000):
                out.write(f"{drawn.randrange(1_000_000)}\t{drawn.randrange(1_000_000)}\n")
    return path


def weighted(graph):
    path = os.path.join(directory, graph + ".weighted.tsv")
    if not os.path.exists(path):
        drawn = random.Random(7)
        with open(edges(graph)) as lines, open(path, "w") as out:
            for line in lines:
                out.write(f"{line.rstrip()}\t{drawn.randrange(1, 1000) / 8}\n")
    return path


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    for line in done.stdout.splitlines():
        sys.stderr.write(line + "\n")
        yield json.loads(line)


measured = {}
for graph in graphs:
    for count in threads:
        for name in only:
            path = weighted(graph) if name == "sssp" else edges(graph)
            for line in run([bench, path, name, "--threads", count, "--reps", repetitions, *ARGUMENTS[name]]):
                measured[graph, name, count, "WendDB"] = line["seconds"]
        for path, names, more in [(edges(graph), [name for name in only if name != "sssp"], []), (weighted(graph), ["sssp"], ["--weights"])]:
            if set(names) & set(only):
                command = [python, os.path.join(here, "peers.py"), path, "--threads", count, "--reps", repetitions, "--only", ",".join(names), *more]
                for line in run(command):
                    measured[graph, line["algorithm"], count, line["system"]] = line["seconds"]

systems = ["WendDB", "igraph", "NetworKit", "scikit-network"]
print("| graph | algorithm | threads | " + " | ".join(systems) + " | WendDB / best other |")
print("|---|---|---:|" + "---:|" * (len(systems) + 1))
shown = lambda seconds: "" if seconds is None else f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
for graph in graphs:
    for name in only:
        for count in threads:
            row = [measured.get((graph, name, count, system if system == "WendDB" else system.lower())) for system in systems]
            others = [seconds for seconds in row[1:] if seconds is not None]
            ratio = f"{row[0] / min(others):.2f}" if row[0] and others and min(others) > 0 else ""
            print(f"| {graph} | {name} | {count} | " + " | ".join(map(shown, row)) + f" | {ratio} |")
