"""WendDB: an embedded property-graph database that speaks GQL, with node embeddings a query away.

>>> import wenddb
>>> db = wenddb.connect("social.wend")
>>> db.gql("INSERT (:Person {_id: $id, age: $age})", id="ann", age=44)
>>> db.gql("MATCH (p:Person) WHERE p.age > $age RETURN p._id, p.age", age=30).df()
>>> e = db.algo.node2vec(dimensions=64)
>>> e.ids, e.matrix
"""

from __future__ import annotations

from typing import Any

from ._algo import AlgorithmResult, Task
from ._database import CSR, Database, Session, Transaction, connect
from ._errors import (
    BindingError,
    CancelledError,
    ConflictError,
    ConstraintError,
    DataError,
    Error,
    FileError,
    ForkedError,
    FormatVersionError,
    ImportDataError,
    InternalError,
    LockedError,
    MemoryLimitError,
    OutcomeUnknownError,
    ParameterError,
    PermissionDeniedError,
    ResultError,
    SyntaxError,  # noqa: A004
    TransactionError,
    UsageError,
)
from ._result import Result, Row
from ._types import Duration, Edge, Node, Path

#: Whether long statements show how far they are, in a terminal or a notebook.
progress: bool = True

__all__ = [
    "CSR",
    "AlgorithmResult",
    "BindingError",
    "CancelledError",
    "ConflictError",
    "ConstraintError",
    "DataError",
    "Database",
    "Duration",
    "Edge",
    "Error",
    "FileError",
    "ForkedError",
    "FormatVersionError",
    "ImportDataError",
    "InternalError",
    "LockedError",
    "MemoryLimitError",
    "Node",
    "OutcomeUnknownError",
    "ParameterError",
    "Path",
    "PermissionDeniedError",
    "Result",
    "ResultError",
    "Row",
    "Session",
    "SyntaxError",
    "Task",
    "Transaction",
    "TransactionError",
    "UsageError",
    "connect",
    "progress",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("wenddb")
    if name in ("sklearn", "networkx", "pyg"):
        from importlib import import_module

        return import_module(f"wenddb.{name}")
    raise AttributeError(f"module 'wenddb' has no attribute {name!r}")
