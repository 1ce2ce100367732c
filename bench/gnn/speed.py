#!/usr/bin/env python3
"""speed.py EDGES.tsv [--rounds 3] [--models graphsage gcn gat] [--bench BINARY]   training epochs here and in PyTorch Geometric

128 random features, 128 hidden, 64 wide, 64 random classes, full batch, 2 threads. Ours (`cargo build --release -p wend-algorithms
--example gnn_bench`; it has a map from 64 to the classes on top, and gat has 8 heads in both layers) and each form that PyTorch
Geometric offers take turns, so that whatever else the machine does falls on all; medians over the rounds. Peak memory is the
largest resident set of the whole process by GNU time. sbm100k of docs/benchmarks.md is a graph for it. Needs torch and
torch_geometric.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys

from common import ROOT

FORMS = {"graphsage": ["edge_index", "sparse"], "gcn": ["edge_index", "sparse"], "gat": ["edge_index"]}


def ours(bench, edges, model):
    environment = {**os.environ, "RAYON_NUM_THREADS": "2"}
    options = [f"model={model}", "dimensions=64"] + (["heads=8"] if model == "gat" else [])
    command = ["/usr/bin/time", "-v", bench, "speed", edges, *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    peak = re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stderr)
    return {**json.loads(done.stdout.splitlines()[-1]), "peak_mb": round(int(peak[1]) / 1024)}


def theirs(edges, model, form):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pyg_epoch.py")
    done = subprocess.run([sys.executable, script, edges, model, form], capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="*", default=list(FORMS))
    parser.add_argument("--bench", default=os.path.join(ROOT, "target", "release", "examples", "gnn_bench"))
    given = parser.parse_args()
    table = []
    for model in given.models:
        found = {}
        for _ in range(given.rounds):
            for form in ["ours", *FORMS[model]]:
                one = ours(given.bench, given.edges, model) if form == "ours" else theirs(given.edges, model, form)
                if one is None:
                    continue  # The layer does not take this form.
                print(json.dumps({"model": model, "form": form, **one}), flush=True)
                found.setdefault(form, []).append(one)
        median = {form: statistics.median(one["ms_per_epoch"] for one in runs) for form, runs in found.items()}
        peak = {form: max(one["peak_mb"] for one in runs) for form, runs in found.items()}
        best = min((form for form in median if form != "ours"), key=median.get)
        table.append(
            f"| {model} | {median['ours']:.0f} | {median[best]:.0f} ({best}) | {median[best] / median['ours']:.1f}x | "
            f"{peak['ours']} | {peak[best]} |"
        )
    print("\n| model | ours, ms | PyTorch Geometric's best, ms | ratio | our peak MB | its peak MB |\n|---|---|---|---|---|---|")
    print("\n".join(table))


main()
