"""What the tests share."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

import wenddb

wenddb.progress = False

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def db() -> Iterator[wenddb.Database]:
    with wenddb.connect() as database:
        yield database


@pytest.fixture
def karate(db: wenddb.Database) -> wenddb.Database:
    """Zachary's karate club, from the CSV files of the repository."""
    import csv

    with (ROOT / "data/karate/nodes.csv").open() as file:
        rows = [{key: value for key, value in row.items() if key != "_labels"} for row in csv.DictReader(file)]
    db.insert_nodes("Member", rows)
    with (ROOT / "data/karate/edges.csv").open() as file:
        edges = [{**row, "weight": int(row["weight"])} for row in csv.DictReader(file)]
    db.insert_edges(None, edges)
    return db


def needs(*names: str) -> None:
    """Skips the test, with a reason, where a library is not there."""
    for name in names:
        pytest.importorskip(name, reason=f"{name} is not installed")
