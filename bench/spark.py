"""Bytes shuffled and time of each plan of wenddb.spark: spark.py [NODES] [PLAN...], in an environment with wenddb, pyspark and pyarrow.

The graph is drawn in communities of 500 nodes, with ten edges a node, of which nine in ten stay within. Shuffled bytes are what tasks
wrote for others, from Spark's event log; the time is that of the computation, without the start of Spark. Bits are compared with the
database's.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import tempfile
import time
from typing import Any

import numpy as np

import wenddb
from wenddb.spark import Graph

BLOCKS = 4
EXACT = {"sampling": "exact", "dimensions": 128}
PLANS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "fastrp-columns": ("columns", "fastrp", {"dimensions": 128}),
    "fastrp-blocks": ("blocks", "fastrp", {"dimensions": 128}),
    "exact-columns": ("columns", "node2vec", EXACT),
    "exact-blocks": ("blocks", "node2vec", {**EXACT, "walkLength": 20}),
    "walks-starts": ("starts", "node2vec", {"dimensions": 128}),
}


def graph(nodes: int) -> Any:
    """A database with the graph."""
    rng = np.random.default_rng(1)
    names = np.array([f"n{n}" for n in rng.permutation(nodes)])
    a = rng.integers(0, nodes, 10 * nodes)
    near = a // 500 * 500 + rng.integers(0, 500, len(a))
    b = np.where(rng.random(len(a)) < 0.9, np.minimum(near, nodes - 1), rng.integers(0, nodes, len(a)))
    db = wenddb.connect()
    db.insert_nodes("N", [{"_id": f"n{n}"} for n in range(nodes)])
    db.insert_edges("E", [{"_from": x, "_to": y} for x, y in zip(names[a].tolist(), names[b].tolist())])
    return db


def shuffled(log: pathlib.Path) -> tuple[int, int]:
    """Bytes that tasks wrote for others, and stages, by Spark's event log."""
    # Names with a point are checksums that Hadoop puts beside files.
    files = [file for file in sorted(log.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    events = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    ended = [event for event in events if event["Event"] == "SparkListenerTaskEnd"]
    written = sum(event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"] for event in ended)
    return written, sum(event["Event"] == "SparkListenerStageCompleted" for event in events)


def main() -> None:
    """Runs the plans."""
    nodes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chosen = sys.argv[2:] or list(PLANS)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    db = graph(nodes)
    with tempfile.TemporaryDirectory() as home:
        path = pathlib.Path(home)
        began = time.monotonic()
        db.export(path / "graph", "parquet", blocks=BLOCKS)
        manifest = json.loads((path / "graph" / "manifest.json").read_text())
        copies = 1 + sum(block["foreignNodes"] for block in manifest["blocks"]) / nodes
        size = sum(file.stat().st_size for file in (path / "graph").rglob("*.parquet"))
        print(f"export: {time.monotonic() - began:.1f} s, {size / 1e6:.0f} MB, {manifest['arcCount']} arcs, {copies:.2f} copies of a row", flush=True)
        for name in chosen:
            plan, algorithm, parameters = PLANS[name]
            log = path / f"log-{name}"
            log.mkdir()
            builder = SparkSession.builder.master("local[2]").config("spark.eventLog.enabled", "true")
            for key, value in {
                "spark.eventLog.dir": f"file://{log}",
                "spark.eventLog.compress": "false",
                "spark.ui.enabled": "false",
                "spark.driver.memory": "3g",
                "spark.sql.shuffle.partitions": "4",
            }.items():
                builder = builder.config(key, value)
            spark = builder.getOrCreate()
            began = time.monotonic()
            Graph.read(spark, str(path / "graph")).write(algorithm, str(path / name), plan=plan, **parameters)
            seconds = time.monotonic() - began
            spark.stop()
            written, stages = shuffled(log)
            db.import_vectors("v", path / name)
            ids, matrix = db.vectors(None, "v")
            began = time.monotonic()
            result = getattr(db.algo, algorithm)(**parameters)
            own = time.monotonic() - began
            place = {node: at for at, node in enumerate(ids.tolist())}
            order = [place[node] for node in result.ids.tolist()]
            same = np.array_equal(matrix[order].view(np.uint32), result.matrix.view(np.uint32))
            print(f"{name}: {written / 1e6:.0f} MB shuffled, {stages} stages, {seconds:.0f} s; the database {own:.1f} s; equal bits: {same}", flush=True)


if __name__ == "__main__":
    main()
