#!/usr/bin/env python3
"""Embeddings in less memory than their vectors take, beside unlimited runs: time, memory, and whether the vectors are equal.

usage: bench/scale/one_machine.py DIRECTORY [--nodes 1000000] [--edges 7700000] [--data 320] [--methods exact,projection,fastrp]
                                  [--seed 42] [--whole yes|no]

Makes a graph with communities (numpy), imports it with `wend`, and runs each method twice on it, once without a limit and once with
`ulimit -d` of so many MiB, each in a process of its own. The result is written as a property each time, and one query compares them.
With `--whole no` only the limited runs are made (for graphs whose vectors do not fit at all). Memory is sampled from /proc every 50 ms:
"data" is what ulimit -d counts (VmData), "anonymous" what cannot be taken back (RssAnon), "resident" includes pages of files.
`WEND` names the binary, by default that of `make build`."""
import argparse
import os
import resource
import subprocess
import time

METHODS = {
    "exact": ("node2vec", "sampling: 'exact'"),
    "projection": ("node2vec", ""),
    "fastrp": ("fastrp", ""),
}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=7_700_000)
    parser.add_argument("--data", type=int, default=320, help="MiB of data of a limited run")
    parser.add_argument("--methods", default="exact,projection,fastrp")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--whole", choices=["yes", "no"], default="yes")
    return parser.parse_args()


def make(directory, nodes, edges, seed):
    """Two CSV files: blocks of 500 nodes, seven of ten edges within one."""
    import numpy as np

    files = os.path.join(directory, "nodes.csv"), os.path.join(directory, "edges.csv")
    if all(os.path.exists(file) for file in files):
        return files
    draw = np.random.default_rng(seed)
    keys = []
    for first in range(0, edges, 1 << 22):
        count = min(1 << 22, edges - first)
        a = draw.integers(0, nodes, count)
        within = np.minimum(a // 500 * 500 + draw.integers(0, 500, count), nodes - 1)
        b = np.where(draw.random(count) < 0.7, within, draw.integers(0, nodes, count))
        # Each pair once, in one direction; no loops.
        low, high = np.minimum(a, b), np.maximum(a, b)
        keys.append((low * nodes + high)[low != high])
    keys = np.unique(np.concatenate(keys))
    with open(files[0], "w") as out:
        out.write("_id\n")
        for first in range(0, nodes, 1 << 20):
            out.write("\n".join(map(str, range(first, min(first + (1 << 20), nodes)))) + "\n")
    with open(files[1], "w") as out:
        out.write("_from,_to\n")
        for first in range(0, len(keys), 1 << 20):
            low, high = np.divmod(keys[first : first + (1 << 20)], nodes)
            out.write("\n".join(f"{x},{y}" for x, y in zip(low.tolist(), high.tolist())) + "\n")
    return files


def status(pid):
    """Fields of /proc/PID/status in KiB."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return {line.split(":")[0]: int(line.split()[1]) for line in file if line.rstrip().endswith("kB")}
    except OSError:
        return {}


def run(name, command, data=None):
    """Runs a command, prints a line of the table."""

    def limit():
        if data:
            resource.setrlimit(resource.RLIMIT_DATA, (data << 20, data << 20))

    peaks, before, started = {}, os.times(), time.monotonic()
    process = subprocess.Popen(command, preexec_fn=limit, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while process.poll() is None:
        for field, value in status(process.pid).items():
            peaks[field] = max(value, peaks.get(field, 0))
        time.sleep(0.05)
    wall, after = time.monotonic() - started, os.times()
    output = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{name} failed ({process.returncode}): {output}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    mib = [peaks.get(field, 0) >> 10 for field in ("VmData", "RssAnon", "VmHWM")]
    print(f"| {name} | {wall:.1f} | {cpu:.1f} | {mib[0]} | {mib[1]} | {mib[2]} |", flush=True)
    return output


def main():
    given = parse()
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.expanduser(os.environ.get("WEND_TARGET_DIR", "~/.cache/wend-target"))
    wend = os.environ.get("WEND", os.path.join(target, "release", "wend"))
    if not os.access(wend, os.X_OK):
        raise SystemExit(f"{wend} is missing in {root}; run `make build`")
    os.makedirs(given.directory, exist_ok=True)
    nodes, edges = make(given.directory, given.nodes, given.edges, given.seed)
    database = os.path.join(given.directory, "db")
    print("| run | wall s | CPU s | data MiB | anonymous MiB | resident MiB |\n|---|---|---|---|---|---|")
    if not os.path.exists(database):
        run("import", [wend, "import", database, "--nodes", f"N={nodes}", "--edges", f"E={edges}"])
    for method in given.methods.split(","):
        algorithm, arguments = METHODS[method]
        write = f"CALL algo.{algorithm}.write({{{arguments}}}, {{db: {{property: '%s_{method}'}}}}) YIELD nodesWritten"
        if given.whole == "yes":
            run(f"{method}, no limit", [wend, database, "-c", write % "whole"])
        estimate = f"CALL algo.{algorithm}.estimate({{{arguments}}}) YIELD plan, columnsAtOnce, groupBytes, temporaryBytes"
        plan = run(f"{method}, estimate", [wend, database, "-c", estimate], given.data)
        run(f"{method}, {given.data} MiB of data", [wend, database, "-c", write % "limited"], given.data)
        print(plan)
        if given.whole == "yes":
            text = f"MATCH (n) WHERE n.whole_{method} <> n.limited_{method} OR n.limited_{method} IS NULL RETURN COUNT(*) AS different"
            print(run(f"{method}, vectors that differ", [wend, database, "-c", text]))


main()
