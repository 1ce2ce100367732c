"""Sessions of Spark, or of another engine that speaks Spark Connect: WEND_SPARK is sail, classic or connect."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wenddb

#: Where a server of Spark Connect was started.
address: dict[str, str] = {}

ENGINE = os.environ.get("WEND_SPARK", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without an engine there is nothing to test."""
    here = pathlib.Path(__file__).parent
    for item in items:
        if not ENGINE and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="no Spark: make test-spark"))


def settings(builder: Any) -> Any:
    """What a session of the tests needs of Spark."""
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }.items():
        builder = builder.config(name, value)
    return builder


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    if ENGINE == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        address["sail"] = f"sc://127.0.0.1:{server.listening_address[1]}"
        session = SparkSession.builder.remote(address["sail"]).getOrCreate()
    elif ENGINE == "connect":
        session = settings(SparkSession.builder.remote("local[2]")).getOrCreate()
    else:
        session = settings(SparkSession.builder.master("local[2]")).getOrCreate()
    yield session
    session.stop()


def karate(db: wenddb.Database) -> None:
    """Zachary's karate club as small cliques would have it: made here, without files, 34 nodes, unweighted."""
    edges = [(a, b) for a in range(34) for b in range(a) if (a * 7 + b * 3) % 11 < 2 or b == a - 1]
    db.insert_nodes("N", [{"_id": f"k{n:02}"} for n in range(40)])
    db.insert_edges("E", [{"_from": f"k{a:02}", "_to": f"k{b:02}"} for a, b in edges])


def odd(db: wenddb.Database) -> None:
    """Loops, parallel edges both ways, nodes without edges, weights of which some are 0."""
    rng = np.random.default_rng(5)
    db.insert_nodes("N", [{"_id": f"n{n:03}"} for n in rng.permutation(120)])
    edges = [(int(a), int(b), float(w)) for a, b, w in zip(*rng.integers(0, 100, (2, 260)), rng.random(260).round(3))]
    edges += [(3, 3, 0.5), (4, 5, 0.1), (5, 4, 0.2), (4, 5, 0.7), (7, 7, 2.0), (110, 111, 0.0), (112, 112, 1.5)]
    db.insert_edges("E", [{"_from": f"n{a:03}", "_to": f"n{b:03}", "w": w} for a, b, w in edges])


GRAPHS: dict[str, tuple[Any, str | None]] = {"plain": (karate, None), "odd": (odd, None), "weighted": (odd, "w")}


class Case:
    """A graph in a database and by blocks."""

    def __init__(self, name: str, blocks: int, home: pathlib.Path) -> None:
        fill, self.weight = GRAPHS[name]
        self.db = wenddb.connect()
        fill(self.db)
        self.path = str(home / "graph")
        self.db.export(self.path, "parquet", blocks=blocks, weight=self.weight)

    def expected(self, algorithm: str, **parameters: Any) -> dict[str, bytes]:
        """The bits of each node's vector, from the database."""
        result = getattr(self.db.algo, algorithm)(weight=self.weight, **parameters)
        return {node: row.tobytes() for node, row in zip(result.ids.tolist(), result.matrix)}


def bits(frame: Any) -> dict[str, bytes]:
    """The bits of each node's vector, from a DataFrame."""
    rows = frame.collect()
    found = {row["_id"]: np.array(row["embedding"], np.float32).tobytes() for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.fixture
def case(tmp_path: pathlib.Path) -> Any:
    return lambda name, blocks=3: Case(name, blocks, tmp_path)
