#!/usr/bin/env python3
"""speed.py GRAPHS [--runs 5] [--walk-python PY] [--grape-python PY] [--slow] [--only PART ...] [--raw FILE] [--docs FILE]

algo.node2vec beside what else a user would take, in one run, the systems taking turns; the table has medians and ratios.

GRAPHS is the folder with sbm100k.tsv, rmat16.tsv and rmat18.tsv that $WEND_SHARED/bench/gen_graphs.py makes. The peers run by the
scripts of $WEND_SHARED/bench: fastnode2vec and PecanPy with gensim under --walk-python, GRAPE under --grape-python, each a virtual environment of
the requirements there. What is not given is left out. --slow adds the whole embeddings of the peers, minutes each, run once with
fewer walks and extrapolated to the same number. --raw appends every single measurement as a line of JSON, and the table
has what was in that file before, too, so that parts can be measured one by one; --docs writes the
table into a Markdown file, between its markers.

Needs the binary `wend` and the example node2vec_bench of wend-algorithms, both built for release.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gnn"))
from common import ROOT, Wend, datasets  # noqa: E402

TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.expanduser("~/.cache/wend-target"))
LARGE = {"sbm100k": (50, 28), "rmat16": (60, 26), "rmat18": (90, 36)}


class Run:
    """What was measured: all values by name, in the order of the table."""

    def __init__(self, raw):
        self.raw, self.values = raw, {}
        if raw and os.path.exists(raw):
            with open(raw) as file:
                for line in map(json.loads, file):
                    self.values.setdefault(line["what"], []).append(line["value"])

    def note(self, name, value, **more):
        self.values.setdefault(name, []).append(value)
        line = json.dumps({"what": name, "value": value, "load": round(os.getloadavg()[0], 1), **more})
        print(line, flush=True)
        if self.raw:
            with open(self.raw, "a") as file:
                file.write(line + "\n")

    def median(self, name):
        return statistics.median(self.values[name]) if name in self.values else None


def output(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


def bench(graph, *options):
    program = os.path.join(TARGET, "release", "examples", "node2vec_bench")
    return json.loads(output([program, graph, "--reps", "1", *options]))


def peer(python, script, *options):
    path = os.path.join(os.path.dirname(datasets()), "bench")
    return json.loads(output([python, os.path.join(path, script), *options], cwd=path).splitlines()[-1])


def files(graph, work):
    folder = os.path.join(work, os.path.basename(graph)[:-4])
    output([os.path.join(ROOT, "bench", "tsv_to_csv.sh"), graph, folder])
    return os.path.join(folder, "nodes.csv"), os.path.join(folder, "edges.csv")


def imported(binary, path, nodes, edges):
    shutil.rmtree(path, ignore_errors=True)
    started = time.perf_counter()
    output([binary, "import", path, "--nodes", nodes, "--edges", edges])
    return Wend(binary, path), time.perf_counter() - started


def walks(run, graphs, given):
    for name in LARGE:
        graph = os.path.join(graphs, name + ".tsv")
        for _ in range(given.runs):
            for threads in ("1", "2"):
                step = bench(graph, "--only", "walks", "--threads", threads, "--walks", "3")["ns_per_step"]
                run.note(f"{name} second {threads}T", step)
            step = bench(graph, "--only", "walks", "--threads", "1", "--walks", "3", "--p", "1", "--q", "1")["ns_per_step"]
            run.note(f"{name} first 1T", step)
            if given.walk_python:
                answer = peer(given.walk_python, "bench_fastnode2vec.py", graph, "--walks", "1", "--threads", "1")
                run.note(f"{name} second fastnode2vec", answer["ns_step"])


def whole(run, graphs, given, binary, work):
    graph = os.path.join(graphs, "sbm100k.tsv")
    nodes, edges = files(graph, work)
    for _ in range(given.runs):
        wend, seconds = imported(binary, os.path.join(work, "sbm100k.wend"), nodes, edges)
        run.note("import", seconds)
        # The second view is built from what the first one brought into memory; the node between them makes it stale.
        small = "CALL algo.node2vec.stats({dimensions: 1, walkLength: 2, walksPerNode: 1, window: 1}) YIELD computeTimeMs"
        answers = wend.ask(small, "INSERT (:X)", small, "MATCH (x:X) DELETE x")
        run.note("view", answers[-1]["computeTimeMs"] / 1000)
        for name, parameters in {
            "projection": "p: 0.5, q: 2",
            "exact": "sampling: 'exact'",
            "spectral": "method: 'spectral', p: 0.5, q: 2",
            "spectral exact": "method: 'spectral', sampling: 'exact'",
        }.items():
            call = f"CALL algo.node2vec.stats({{{parameters}}}) YIELD computeTimeMs"
            run.note(name, wend.ask(call)[0]["computeTimeMs"] / 1000)
    for walks_per_node in ("10", "30"):
        answer = bench(graph, "--only", "embed", "--walks", walks_per_node)
        beyond = answer["peak_rss_mb"] - answer["rss_after_csr_mb"]
        run.note(f"memory {walks_per_node}", beyond, embedding_mb=answer["embedding_mb"])


def peers(run, graphs, given):
    graph = os.path.join(graphs, "sbm100k.tsv")
    if given.grape_python:
        answer = peer(given.grape_python, "bench_grape.py", graph, "--walks", "1", "--embed")
        run.note("GRAPE", answer["embed_total_s"] * 10, walks=1)
    if given.walk_python:
        answer = peer(given.walk_python, "bench_pecanpy.py", graph, "--walks", "1", "--embed")
        jit = answer["jit_s"]
        run.note("PecanPy", (answer["embed_total_s"] - jit) * 10 + jit, walks=1)


SKIPGRAM = """
import json, sys, time

from gensim.models import Word2Vec
walks = [line.split() for line in open(sys.argv[1])]
started = time.perf_counter()
model = Word2Vec(walks, vector_size=128, window=10, sg=1, min_count=0, workers=2, epochs=1, seed=42)
seconds = time.perf_counter() - started
with open(sys.argv[2], "w") as file:
    for node in model.wv.index_to_key:
        file.write(json.dumps({"nodeId": node, "embedding": [float(x) for x in model.wv[node]]}) + "\\n")
print(json.dumps({"seconds": seconds}))
"""


def multilabel(run, given, binary, work):
    source = os.path.join(datasets(), "ppi")
    wend, _ = imported(binary, os.path.join(work, "ppi.wend"), *(f"{label}={os.path.join(source, name)}" for label, name in (("N", "nodes.csv"), ("E", "edges.csv"))))
    vectors = os.path.join(work, "vectors.jsonl")

    def score():
        script = os.path.join(os.path.dirname(datasets()), "bench", "judge.py")
        return json.loads(output([sys.executable, script, "multilabel", source, vectors]))["micro, macro F1"]["0.5"]

    for name, parameters in {"spectral": "method: 'spectral'", "spectral exact": "method: 'spectral', sampling: 'exact'"}.items():
        for _ in range(given.runs):
            call = f"CALL algo.node2vec.stats({{{parameters}}}) YIELD computeTimeMs"
            run.note(f"PPI {name}", wend.ask(call)[0]["computeTimeMs"] / 1000)
        with open(vectors, "w") as file:
            statement = f"CALL algo.node2vec.stream({{{parameters}}}) YIELD nodeId, embedding RETURN nodeId, embedding"
            subprocess.run([binary, wend.path, "--format", "jsonl", "-c", statement], check=True, stdout=file, stderr=subprocess.DEVNULL)
        run.note(f"PPI {name} F1", score()[0], macro=score()[1])
    if given.walk_python:
        corpus = os.path.join(work, "walks.txt")
        with open(corpus, "w") as file:
            for row in wend.ask("CALL algo.random_walk({}) YIELD nodeIds RETURN nodeIds"):
                file.write(" ".join(row["nodeIds"]) + "\n")
        answer = json.loads(output([given.walk_python, "-c", SKIPGRAM, corpus, vectors]))
        run.note("PPI gensim", answer["seconds"])
        run.note("PPI gensim F1", score()[0], macro=score()[1])


def million(run, given, binary, work):
    folder = os.path.join(work, "million")
    os.makedirs(folder, exist_ok=True)
    nodes, edges = os.path.join(folder, "nodes.csv"), os.path.join(folder, "edges.csv")
    count = 1_000_000
    with open(nodes, "w") as file:
        file.write("_id\n" + "".join(f"{node}\n" for node in range(count)))
    with open(edges, "w") as file:
        file.write("_from,_to\n" + "".join(f"{node},{(node * 48271 + 7) % count}\n" for node in range(count)))
    wend, _ = imported(binary, os.path.join(work, "million.wend"), "N=" + nodes, "E=" + edges)
    for _ in range(given.runs):
        call = "CALL algo.fastrp.write({dimensions: 128}, {db: {property: 'v'}}) YIELD writeTimeMs"
        run.note("write", wend.ask(call)[0]["writeTimeMs"] / 1000)


def table(run):
    rows = []

    def row(what, must, aim, name, unit, other=None, peer_name=""):
        ours = run.median(name)
        if ours is None:
            return
        theirs = run.median(other) if other else None
        beside = f"{peer_name} {theirs:.3g} {unit}" if theirs else ""
        if theirs and unit != "%":
            beside += f", {theirs / ours:.1f}x"
        rows.append(f"| {what} | {must} | {aim} | {ours:.3g} {unit} | {beside} |")

    for name, (must, aim) in LARGE.items():
        row(f"second-order step, {name}, 1 thread", f"{must} ns, 4x", f"{aim} ns", f"{name} second 1T", "ns", f"{name} second fastnode2vec", "fastnode2vec")
        one, two = run.median(f"{name} second 1T"), run.median(f"{name} second 2T")
        if one and two:
            rows.append(f"| the same on 2 threads, gain | 1.8 | 1.95 | {one / two:.2f} | {two:.3g} ns |")
        row(f"first-order step, {name}, 1 thread", "10 ns", "5.5-12 ns", f"{name} first 1T", "ns")
    row("projection, sbm100k, default", "6 s, 60x", "3 s, 190x", "projection", "s", "PecanPy", "PecanPy + gensim*")
    row("the same", "12x", "30x", "projection", "s", "GRAPE", "GRAPE*")
    row("projection, `sampling: 'exact'`, p = q = 1", "1.5 s", "0.4 s", "exact", "s")
    row("spectral, sbm100k", "", "", "spectral", "s")
    row("spectral, `sampling: 'exact'`, sbm100k", "", "", "spectral exact", "s")
    for name in ("spectral", "spectral exact"):
        label = "spectral, PPI" if name == "spectral" else "the same, `sampling: 'exact'`"
        row(label, "20x", "50x", f"PPI {name}", "s", "PPI gensim", "gensim")
        row("its micro-F1, half of the nodes", "equal", "", f"PPI {name} F1", "%", "PPI gensim F1", "gensim")
    for walks_per_node in (10, 30):
        row(f"peak memory beyond the graph, {walks_per_node} walks per node (the vectors are 51 MB)", "102 MB", "the same", f"memory {walks_per_node}", "MB")
    row("graph view of 1 M edges, warm", "0.4 s", "0.12 s", "view", "s")
    row("write of 1 M x 128 vectors", "3 s", "1 s", "write", "s")
    row("import of sbm100k from CSV", "2 s", "1 s", "import", "s")
    head = "| measurement | goal | aim | WendDB | compared with |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graphs")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--walk-python")
    parser.add_argument("--grape-python")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--only", nargs="*", choices=["walks", "whole", "peers", "multilabel", "million"])
    parser.add_argument("--wend", default=os.path.join(TARGET, "release", "wend"))
    parser.add_argument("--raw")
    parser.add_argument("--docs")
    given = parser.parse_args()
    work = os.path.join(os.environ.get("OUT", os.path.join(ROOT, "bench", "out")), "node2vec")
    os.makedirs(work, exist_ok=True)
    run = Run(given.raw)
    wanted = lambda part: not given.only or part in given.only
    if wanted("walks"):
        walks(run, given.graphs, given)
    if wanted("whole"):
        whole(run, given.graphs, given, given.wend, work)
    if wanted("million"):
        million(run, given, given.wend, work)
    if wanted("multilabel"):
        multilabel(run, given, given.wend, work)
    if wanted("peers") and given.slow:
        peers(run, given.graphs, given)
    text = table(run)
    print(text)
    if given.docs:
        with open(given.docs) as file:
            page = file.read()
        pattern = r"(<!-- speed: [^\n]*-->\n).*?(<!-- end of speed -->)"
        page, count = re.subn(pattern, lambda m: m[1] + text + "\n" + m[2], page, flags=re.S)
        if count != 1:
            sys.exit(f"{given.docs} has no place for the table")
        with open(given.docs, "w") as file:
            file.write(page)


main()
