#!/usr/bin/env python3
"""The table of docs/benchmarks.md: classic algorithms beside igraph, NetworKit and scikit-network, in one run.
usage: table.py DIRECTORY CLASSIC_BENCH [--python PYTHON] [--graphs NAME,..] [--only NAME,..] [--reps R] [--threads 1,2]
                [--raw FILE] [--docs docs/benchmarks.md] [--cpu]
DIRECTORY has NAME.tsv, an edge list for each graph; what is missing of `uniform1m` (1 M nodes, 10 M different random edges) and the
weights for sssp (NAME.weighted.tsv) is made there. PYTHON has the packages that peers.py asks for. For each graph and number of threads
both sides run one after the other, so that they meet the same machine. Prints JSON lines to standard error and the
table to standard output; --raw keeps the lines, and what it has is not measured again; --docs writes the table into the page. With
--cpu times of one thread are those that it spent on a processor, for a machine that has other work. A figure of the result (a count, a
depth) that differs from the others' is named."""
import json, os, random, subprocess, sys

option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
directory, bench = sys.argv[1], sys.argv[2]
python, repetitions, raw = option("--python", sys.executable), option("--reps", "5"), option("--raw", None)
graphs = option("--graphs", "sbm100k,rmat18,uniform1m").split(",")
threads = option("--threads", "1,2").split(",")
# The arguments here, and the figure that others have too.
ARGUMENTS = {
    "pagerank": (["--orientation", "undirected"], "maxScore"),
    "wcc": ([], "groupCount"),
    "triangles": ([], "triangleCount"),
    "lcc": ([], "meanCoefficient"),
    "kcore": ([], "degeneracy"),
    "bfs": (["--orientation", "undirected", "--source", "0"], "maxDistance"),
    "sssp": (["--orientation", "undirected", "--source", "0", "--weight", "w"], "maxDistance"),
    "leiden": (["--maxIterations", "2"], "modularity"),
    "louvain": ([], "modularity"),
    "betweenness": (["--orientation", "undirected", "--samplingSize", "100"], "maxScore"),
}
# What two systems need not agree on: other communities, and other samples.
FREE = {"leiden", "louvain", "betweenness"}
only = option("--only", ",".join(ARGUMENTS)).split(",")
here = os.path.dirname(os.path.abspath(__file__))
MARK, END = "<!-- classic: written by bench/classic/table.py --docs -->\n", "<!-- end of classic -->"


def edges(graph):
    path = os.path.join(directory, graph + ".tsv")
    if graph == "uniform1m" and not os.path.exists(path):
        code = """import numpy as np, sys
drawn = np.random.default_rng(42).integers(0, 1_000_000, (10_300_000, 2))
low, high = drawn.min(1), drawn.max(1)
keys = np.unique((low * 1_000_000 + high)[low != high])
keys = np.sort(np.random.default_rng(43).permutation(keys)[:10_000_000])
np.savetxt(sys.argv[1], np.column_stack([keys // 1_000_000, keys % 1_000_000]), fmt="%d", delimiter="\\t")"""
        subprocess.run([python, "-c", code, path], check=True)
    return path


def weighted(graph):
    path = os.path.join(directory, graph + ".weighted.tsv")
    if not os.path.exists(path):
        drawn = random.Random(7)
        with open(edges(graph)) as lines, open(path, "w") as out:
            for line in lines:
                out.write(f"{line.rstrip()}\t{drawn.randrange(1, 1000) / 8}\n")
    return path


lines = []
if raw and os.path.exists(raw):
    lines = [json.loads(line) for line in open(raw)]


def note(graph, line):
    line = {"graph": graph, **line}
    sys.stderr.write(json.dumps(line) + "\n")
    lines.append(line)
    if raw:
        with open(raw, "a") as file:
            file.write(json.dumps(line) + "\n")


def missing(graph, names, count, ours):
    there = {line["algorithm"] for line in lines if (line["graph"], line["threads"], line["system"] == "WendDB") == (graph, int(count), ours)}
    return [name for name in names if name not in there]


def measure(graph, count):
    for path, names, more in [(edges(graph), [name for name in only if name != "sssp"], []), (weighted(graph), [name for name in only if name == "sssp"], ["--weights"])]:
        for name in missing(graph, names, count, True):
            arguments, figure = ARGUMENTS[name]
            command = [bench, path, name, "--threads", count, "--reps", repetitions, *arguments]
            line = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
            note(graph, {"system": "WendDB", "algorithm": name, "threads": int(count), "seconds": line["seconds"], "cpu": line["cpu"], "figure": line[figure]})
        others = missing(graph, names, count, False)
        if others:
            command = [python, os.path.join(here, "peers.py"), path, "--threads", count, "--reps", repetitions, "--only", ",".join(others), *more]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout:
                    note(graph, json.loads(line))


for graph in graphs:
    for count in threads:
        measure(graph, count)

measured, figures = {}, {}
for line in lines:
    key = line["graph"], line["algorithm"], line["threads"], line["system"]
    seconds = line["cpu"] if "--cpu" in sys.argv and line["threads"] == 1 else line["seconds"]
    if key not in measured or seconds < measured[key]:
        measured[key], figures[key] = seconds, line["figure"]
SYSTEMS = {"WendDB": "WendDB", "igraph": "igraph", "networkit": "NetworKit", "scikit-network": "scikit-network"}
shown = lambda seconds: "" if seconds is None else f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
out = ["| graph | algorithm | threads | " + " | ".join(SYSTEMS.values()) + " | WendDB / best other |", "|---|---|---:|" + "---:|" * (len(SYSTEMS) + 1)]
for graph in graphs:
    for name in only:
        for count in map(int, threads):
            row = [measured.get((graph, name, count, system)) for system in SYSTEMS]
            others = [seconds for seconds in row[1:] if seconds is not None]
            ratio = f"{row[0] / min(others):.2f}" if row[0] and others and min(others) > 0 else ""
            out.append(f"| {graph} | {name} | {count} | " + " | ".join(map(shown, row)) + f" | {ratio} |")
            own = figures.get((graph, name, count, "WendDB"))
            for system in SYSTEMS:
                other = figures.get((graph, name, count, system), own)
                if name not in FREE and own is not None and abs(own - other) > 1e-4 * abs(own):
                    sys.stderr.write(f"{graph}, {name}: WendDB {own}, {system} {other}\n")
quality = []
for name in [name for name in ("leiden", "louvain") if name in only]:
    for graph in graphs:
        row = [figures.get((graph, name, int(threads[-1]), system)) for system in SYSTEMS]
        quality.append(f"| {graph} | {name} | " + " | ".join("" if value is None else f"{value:.4f}" for value in row) + " |")
if quality:
    out += ["", "| modularity | | " + " | ".join(SYSTEMS.values()) + " |", "|---|---|" + "---:|" * len(SYSTEMS), *quality]
print("\n".join(out))
page = option("--docs", None)
if page:
    with open(page) as file:
        head, rest = file.read().split(MARK)
    with open(page, "w") as file:
        file.write(head + MARK + "\n".join(out) + "\n" + END + rest.split(END, 1)[1])
