"""WendDB: an embedded property-graph database that speaks GQL, with node embeddings a query away.

>>> import wenddb
>>> db = wenddb.connect("social.wend")
>>> db.gql("INSERT (:Person {_id: $id, age: $age})", id="ann", age=44)
>>> db.gql("MATCH (p:Person) WHERE p.age > $age RETURN p._id, p.age", age=30).df()
>>> e = db.algo.node2vec(dimensions=64)
>>> e.ids, e.matrix
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from ._types import Duration, Edge, Node, Path

if TYPE_CHECKING:
    from ._algo import AlgorithmResult, Task
    from ._database import CSR, Database, Session, Transaction, connect
    from ._page import Page
    from ._relational import Import, PlannedEdge, PlannedEnd, PlannedTable
    from ._result import Result, Row

#: Names that come when they are asked for: their modules need numpy, which the program `wend` does without.
_LATER = {
    "_algo": ("AlgorithmResult", "Task"),
    "_database": ("CSR", "Database", "Session", "Transaction", "connect"),
    "_page": ("Page",),
    "_relational": ("Import", "PlannedEdge", "PlannedEnd", "PlannedTable"),
    "_result": ("Result", "Row"),
}

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
    "Import",
    "ImportDataError",
    "InternalError",
    "LockedError",
    "MemoryLimitError",
    "Node",
    "OutcomeUnknownError",
    "Page",
    "ParameterError",
    "Path",
    "PermissionDeniedError",
    "PlannedEdge",
    "PlannedEnd",
    "PlannedTable",
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
    for module, names in _LATER.items():
        if name in names:
            from importlib import import_module

            found = import_module(f"wenddb.{module}")
            # The next time it is a name like others.
            globals().update({each: getattr(found, each) for each in names})
            return globals()[name]
    raise AttributeError(f"module 'wenddb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
