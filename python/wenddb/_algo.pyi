# Written by python/stubs.py from the descriptions in the database; do not edit.
from collections.abc import Iterator, Sequence
from inspect import Signature
from typing import Any, Literal

import pandas
from numpy import float32
from numpy.typing import NDArray

from ._result import Result

def descriptions() -> dict[str, dict[str, Any]]: ...
def documentation(described: dict[str, Any]) -> str: ...
def signature(described: dict[str, Any]) -> Signature: ...

class AlgorithmResult:
    parameters: dict[str, Any]
    columns: list[str]
    def __init__(
        self, runs: Any, described: dict[str, Any], parameters: dict[str, Any], names: list[str], columns: list[Any]
    ) -> None: ...
    @property
    def algorithm(self) -> str: ...
    def __getitem__(self, column: str) -> NDArray[Any]: ...
    def numpy(self, column: str) -> NDArray[Any]: ...
    @property
    def ids(self) -> NDArray[Any]: ...
    @property
    def matrix(self) -> NDArray[float32]: ...
    @property
    def values(self) -> NDArray[Any]: ...
    def __len__(self) -> int: ...
    def df(self) -> pandas.DataFrame: ...
    def asdict(self) -> dict[str, Any]: ...
    def write(self, property: str, column: str | None = None) -> int: ...
    def plot(self, color: Any = None, *, method: str = "pca", ax: Any = None, size: float = 12.0) -> Any: ...

class Task:
    id: str
    def __init__(self, runs: Any, row: dict[str, Any]) -> None: ...
    @property
    def row(self) -> dict[str, Any]: ...
    @property
    def status(self) -> str: ...
    @property
    def progress(self) -> float: ...
    @property
    def nodes_written(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> str: ...
    def cancel(self) -> None: ...

class Algorithm:
    def __init__(self, runs: Any, described: dict[str, Any]) -> None: ...
    def __call__(self, **parameters: Any) -> AlgorithmResult: ...
    def stream(self, **parameters: Any) -> Result: ...
    def stats(self, **parameters: Any) -> dict[str, Any]: ...
    def estimate(self, **parameters: Any) -> dict[str, Any]: ...
    def write(self, property: str | dict[str, str], *, wait: bool = True, **parameters: Any) -> Task: ...

class _Articlerank(Algorithm):
    """ArticleRank: PageRank in which nodes with few edges hand on less."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Articulationpoints(Algorithm):
    """Articulation points: the nodes without which a part of the graph would be cut off."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Betweenness(Algorithm):
    """Betweenness centrality: on how many shortest ways between other nodes a node lies; exact, or from a sample."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        samplingSize: int | None = None,
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        samplingSize: int | None = None,
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        samplingSize: int | None = None,
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        samplingSize: int | None = None,
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        samplingSize: int | None = None,
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Bfs(Algorithm):
    """Breadth-first search: the nodes that are reached from a node, and over how many edges."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        maxDepth: int = 9223372036854775807,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        maxDepth: int = 9223372036854775807,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        maxDepth: int = 9223372036854775807,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        maxDepth: int = 9223372036854775807,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        maxDepth: int = 9223372036854775807,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Bridges(Algorithm):
    """Bridges: the edges without which a part of the graph would be cut off."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Closeness(Algorithm):
    """Closeness centrality: one over the mean distance to the nodes that are reached."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        wassermanFaust: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        wassermanFaust: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        wassermanFaust: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        wassermanFaust: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        wassermanFaust: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Conductance(Algorithm):
    """Conductance of communities that stand in a property: how much of the weight of their edges leads out of them."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Degree(Algorithm):
    """Degree centrality: how many edges each node has, or the sum of their weights."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Dijkstra(Algorithm):
    """A shortest way between two nodes: its nodes, and the sum of its weights."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Eigenvector(Algorithm):
    """Eigenvector centrality: a node counts in proportion to the sum of the scores of its neighbours."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Explain(Algorithm):
    """Which properties, neighbours and edges moved a prediction of a saved model."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: str | None = None,
        property: str | None = None,
        node: str | Sequence[str] | None = None,
        nodes: str | Sequence[str] | None = None,
        most: int = 50,
        limit: int = 20,
        at: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: str | None = None,
        property: str | None = None,
        node: str | Sequence[str] | None = None,
        nodes: str | Sequence[str] | None = None,
        most: int = 50,
        limit: int = 20,
        at: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: str | None = None,
        property: str | None = None,
        node: str | Sequence[str] | None = None,
        nodes: str | Sequence[str] | None = None,
        most: int = 50,
        limit: int = 20,
        at: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: str | None = None,
        property: str | None = None,
        node: str | Sequence[str] | None = None,
        nodes: str | Sequence[str] | None = None,
        most: int = 50,
        limit: int = 20,
        at: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Fastrp(Algorithm):
    """Node embeddings from averaged random vectors, optionally of properties."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        iterationWeights: Any = None,
        normalizationStrength: float = 0.0,
        nodeSelfInfluence: float = 0.0,
        featureProperties: str | Sequence[str] | None = None,
        propertyRatio: float | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        iterationWeights: Any = None,
        normalizationStrength: float = 0.0,
        nodeSelfInfluence: float = 0.0,
        featureProperties: str | Sequence[str] | None = None,
        propertyRatio: float | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        iterationWeights: Any = None,
        normalizationStrength: float = 0.0,
        nodeSelfInfluence: float = 0.0,
        featureProperties: str | Sequence[str] | None = None,
        propertyRatio: float | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        iterationWeights: Any = None,
        normalizationStrength: float = 0.0,
        nodeSelfInfluence: float = 0.0,
        featureProperties: str | Sequence[str] | None = None,
        propertyRatio: float | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        dimensions: int = 128,
        iterationWeights: Any = None,
        normalizationStrength: float = 0.0,
        nodeSelfInfluence: float = 0.0,
        featureProperties: str | Sequence[str] | None = None,
        propertyRatio: float | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Features(Algorithm):
    """Which properties would be features of a model, and how they would be encoded."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _FeaturesAudit(Algorithm):
    """Warns of features that give the target away, of identifiers, constants and gaps."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        asOf: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        asOf: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        asOf: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        features: Any = None,
        edgeFeatures: Any = None,
        target: str | None = None,
        split: str | None = None,
        timeProperty: str | None = None,
        asOf: Any = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _GnnEmbed(Algorithm):
    """Embeddings and predictions from a graph neural network, trained on stored properties."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: Literal["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin", "aggregate", "ridge", "auto"] = "graphsage",
        dimensions: int | None = None,
        layers: int | None = None,
        hiddenDimensions: int | None = None,
        aggregator: Literal["mean", "max", "sum", "lstm"] = "mean",
        heads: int = 4,
        update: Literal["gru", "mlp"] = "gru",
        norm: Literal["batch", "layer", "none"] = "batch",
        bases: int = 30,
        features: Any = None,
        edgeFeatures: Any = None,
        withoutFeatures: Literal["id", "degree"] | None = None,
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        examples: str | None = None,
        exampleTime: str | None = None,
        database: Literal["rolling", "frozen"] = "rolling",
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        seeds: int = 1,
        target: str | None = None,
        split: str | None = None,
        groupBy: str | None = None,
        readout: Literal["mean", "sum", "max", "attention"] = "sum",
        targetEdge: str | None = None,
        loss: Literal["cross_entropy", "bce", "mse", "mae", "huber", "max_margin", "bpr", "triplet", "reconstruction", "dgi"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        classWeights: Any = None,
        negativeSamples: int = 5,
        margin: float = 1.0,
        epochs: int | None = None,
        patience: int | None = None,
        learningRate: float | None = None,
        weightDecay: float | None = None,
        dropout: float | None = None,
        optimizer: Literal["adam", "sgd"] = "adam",
        sampling: Any = None,
        batchSize: int | None = None,
        normalize: bool = True,
        embed: Literal["nodes", "edges", "graph"] = "nodes",
        asOf: Any = None,
        timeProperty: Any = None,
        nodes: str | Sequence[str] | None = None,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: Literal["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin", "aggregate", "ridge", "auto"] = "graphsage",
        dimensions: int | None = None,
        layers: int | None = None,
        hiddenDimensions: int | None = None,
        aggregator: Literal["mean", "max", "sum", "lstm"] = "mean",
        heads: int = 4,
        update: Literal["gru", "mlp"] = "gru",
        norm: Literal["batch", "layer", "none"] = "batch",
        bases: int = 30,
        features: Any = None,
        edgeFeatures: Any = None,
        withoutFeatures: Literal["id", "degree"] | None = None,
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        examples: str | None = None,
        exampleTime: str | None = None,
        database: Literal["rolling", "frozen"] = "rolling",
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        seeds: int = 1,
        target: str | None = None,
        split: str | None = None,
        groupBy: str | None = None,
        readout: Literal["mean", "sum", "max", "attention"] = "sum",
        targetEdge: str | None = None,
        loss: Literal["cross_entropy", "bce", "mse", "mae", "huber", "max_margin", "bpr", "triplet", "reconstruction", "dgi"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        classWeights: Any = None,
        negativeSamples: int = 5,
        margin: float = 1.0,
        epochs: int | None = None,
        patience: int | None = None,
        learningRate: float | None = None,
        weightDecay: float | None = None,
        dropout: float | None = None,
        optimizer: Literal["adam", "sgd"] = "adam",
        sampling: Any = None,
        batchSize: int | None = None,
        normalize: bool = True,
        embed: Literal["nodes", "edges", "graph"] = "nodes",
        asOf: Any = None,
        timeProperty: Any = None,
        nodes: str | Sequence[str] | None = None,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: Literal["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin", "aggregate", "ridge", "auto"] = "graphsage",
        dimensions: int | None = None,
        layers: int | None = None,
        hiddenDimensions: int | None = None,
        aggregator: Literal["mean", "max", "sum", "lstm"] = "mean",
        heads: int = 4,
        update: Literal["gru", "mlp"] = "gru",
        norm: Literal["batch", "layer", "none"] = "batch",
        bases: int = 30,
        features: Any = None,
        edgeFeatures: Any = None,
        withoutFeatures: Literal["id", "degree"] | None = None,
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        examples: str | None = None,
        exampleTime: str | None = None,
        database: Literal["rolling", "frozen"] = "rolling",
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        seeds: int = 1,
        target: str | None = None,
        split: str | None = None,
        groupBy: str | None = None,
        readout: Literal["mean", "sum", "max", "attention"] = "sum",
        targetEdge: str | None = None,
        loss: Literal["cross_entropy", "bce", "mse", "mae", "huber", "max_margin", "bpr", "triplet", "reconstruction", "dgi"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        classWeights: Any = None,
        negativeSamples: int = 5,
        margin: float = 1.0,
        epochs: int | None = None,
        patience: int | None = None,
        learningRate: float | None = None,
        weightDecay: float | None = None,
        dropout: float | None = None,
        optimizer: Literal["adam", "sgd"] = "adam",
        sampling: Any = None,
        batchSize: int | None = None,
        normalize: bool = True,
        embed: Literal["nodes", "edges", "graph"] = "nodes",
        asOf: Any = None,
        timeProperty: Any = None,
        nodes: str | Sequence[str] | None = None,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        model: Literal["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin", "aggregate", "ridge", "auto"] = "graphsage",
        dimensions: int | None = None,
        layers: int | None = None,
        hiddenDimensions: int | None = None,
        aggregator: Literal["mean", "max", "sum", "lstm"] = "mean",
        heads: int = 4,
        update: Literal["gru", "mlp"] = "gru",
        norm: Literal["batch", "layer", "none"] = "batch",
        bases: int = 30,
        features: Any = None,
        edgeFeatures: Any = None,
        withoutFeatures: Literal["id", "degree"] | None = None,
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        examples: str | None = None,
        exampleTime: str | None = None,
        database: Literal["rolling", "frozen"] = "rolling",
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        seeds: int = 1,
        target: str | None = None,
        split: str | None = None,
        groupBy: str | None = None,
        readout: Literal["mean", "sum", "max", "attention"] = "sum",
        targetEdge: str | None = None,
        loss: Literal["cross_entropy", "bce", "mse", "mae", "huber", "max_margin", "bpr", "triplet", "reconstruction", "dgi"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        classWeights: Any = None,
        negativeSamples: int = 5,
        margin: float = 1.0,
        epochs: int | None = None,
        patience: int | None = None,
        learningRate: float | None = None,
        weightDecay: float | None = None,
        dropout: float | None = None,
        optimizer: Literal["adam", "sgd"] = "adam",
        sampling: Any = None,
        batchSize: int | None = None,
        normalize: bool = True,
        embed: Literal["nodes", "edges", "graph"] = "nodes",
        asOf: Any = None,
        timeProperty: Any = None,
        nodes: str | Sequence[str] | None = None,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        model: Literal["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc", "gin", "aggregate", "ridge", "auto"] = "graphsage",
        dimensions: int | None = None,
        layers: int | None = None,
        hiddenDimensions: int | None = None,
        aggregator: Literal["mean", "max", "sum", "lstm"] = "mean",
        heads: int = 4,
        update: Literal["gru", "mlp"] = "gru",
        norm: Literal["batch", "layer", "none"] = "batch",
        bases: int = 30,
        features: Any = None,
        edgeFeatures: Any = None,
        withoutFeatures: Literal["id", "degree"] | None = None,
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        examples: str | None = None,
        exampleTime: str | None = None,
        database: Literal["rolling", "frozen"] = "rolling",
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        seeds: int = 1,
        target: str | None = None,
        split: str | None = None,
        groupBy: str | None = None,
        readout: Literal["mean", "sum", "max", "attention"] = "sum",
        targetEdge: str | None = None,
        loss: Literal["cross_entropy", "bce", "mse", "mae", "huber", "max_margin", "bpr", "triplet", "reconstruction", "dgi"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        classWeights: Any = None,
        negativeSamples: int = 5,
        margin: float = 1.0,
        epochs: int | None = None,
        patience: int | None = None,
        learningRate: float | None = None,
        weightDecay: float | None = None,
        dropout: float | None = None,
        optimizer: Literal["adam", "sgd"] = "adam",
        sampling: Any = None,
        batchSize: int | None = None,
        normalize: bool = True,
        embed: Literal["nodes", "edges", "graph"] = "nodes",
        asOf: Any = None,
        timeProperty: Any = None,
        nodes: str | Sequence[str] | None = None,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _GraphEmbed(Algorithm):
    """One vector for the whole graph, or for each value of a property, pooled from its nodes' vectors."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        groupBy: str | None = None,
        pooling: Literal["mean", "sum", "max"] = "mean",
        normalize: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        groupBy: str | None = None,
        pooling: Literal["mean", "sum", "max"] = "mean",
        normalize: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        groupBy: str | None = None,
        pooling: Literal["mean", "sum", "max"] = "mean",
        normalize: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        groupBy: str | None = None,
        pooling: Literal["mean", "sum", "max"] = "mean",
        normalize: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Harmonic(Algorithm):
    """Harmonic centrality: the sum of one over the distance to each other node."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        normalized: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Hashgnn(Algorithm):
    """HashGNN: binary node embeddings by rounds of min-wise hashing over neighbours, with nothing trained."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        iterations: int = 3,
        embeddingDensity: int = 256,
        featureDimensions: int = 512,
        featureDensity: int = 8,
        featureProperties: str | Sequence[str] | None = None,
        binarizeThreshold: float = 0.0,
        neighborInfluence: float = 1.0,
        outputDimensions: int | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        iterations: int = 3,
        embeddingDensity: int = 256,
        featureDimensions: int = 512,
        featureDensity: int = 8,
        featureProperties: str | Sequence[str] | None = None,
        binarizeThreshold: float = 0.0,
        neighborInfluence: float = 1.0,
        outputDimensions: int | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        iterations: int = 3,
        embeddingDensity: int = 256,
        featureDimensions: int = 512,
        featureDensity: int = 8,
        featureProperties: str | Sequence[str] | None = None,
        binarizeThreshold: float = 0.0,
        neighborInfluence: float = 1.0,
        outputDimensions: int | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        iterations: int = 3,
        embeddingDensity: int = 256,
        featureDimensions: int = 512,
        featureDensity: int = 8,
        featureProperties: str | Sequence[str] | None = None,
        binarizeThreshold: float = 0.0,
        neighborInfluence: float = 1.0,
        outputDimensions: int | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        iterations: int = 3,
        embeddingDensity: int = 256,
        featureDimensions: int = 512,
        featureDensity: int = 8,
        featureProperties: str | Sequence[str] | None = None,
        binarizeThreshold: float = 0.0,
        neighborInfluence: float = 1.0,
        outputDimensions: int | None = None,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Hdbscan(Algorithm):
    """HDBSCAN: dense groups of vectors, as many as there are, of any shape; what lies between them is noise."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        minClusterSize: int = 5,
        minSamples: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        minClusterSize: int = 5,
        minSamples: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        minClusterSize: int = 5,
        minSamples: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        minClusterSize: int = 5,
        minSamples: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        property: str | None = None,
        minClusterSize: int = 5,
        minSamples: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Hits(Algorithm):
    """Hubs and authorities: who points to the nodes that count, and who is pointed to by those who do."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-08,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-08,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-08,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-08,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        maxIterations: int = 200,
        tolerance: float = 1e-08,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Katz(Algorithm):
    """Katz centrality: how many walks end at each node, where longer ones count less."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        alpha: float | None = None,
        beta: float = 1.0,
        maxIterations: int = 1000,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        alpha: float | None = None,
        beta: float = 1.0,
        maxIterations: int = 1000,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        alpha: float | None = None,
        beta: float = 1.0,
        maxIterations: int = 1000,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        alpha: float | None = None,
        beta: float = 1.0,
        maxIterations: int = 1000,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        alpha: float | None = None,
        beta: float = 1.0,
        maxIterations: int = 1000,
        tolerance: float = 1e-07,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Kcore(Algorithm):
    """Core numbers: the largest k such that a node keeps k neighbours when all nodes with fewer are taken away."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Kmeans(Algorithm):
    """k-means: k groups of vectors, such that each vector is near the mean of its group."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 10,
        maxIterations: int = 100,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 10,
        maxIterations: int = 100,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 10,
        maxIterations: int = 100,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 10,
        maxIterations: int = 100,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        property: str | None = None,
        k: int = 10,
        maxIterations: int = 100,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Knn(Algorithm):
    """Nearest neighbours by vectors: for each node the nodes with the most similar vectors, exactly."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        topK: int = 10,
        metric: Literal["cosine", "dot", "euclidean"] = "cosine",
        similarityCutoff: float | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        topK: int = 10,
        metric: Literal["cosine", "dot", "euclidean"] = "cosine",
        similarityCutoff: float | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        topK: int = 10,
        metric: Literal["cosine", "dot", "euclidean"] = "cosine",
        similarityCutoff: float | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        topK: int = 10,
        metric: Literal["cosine", "dot", "euclidean"] = "cosine",
        similarityCutoff: float | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Labelpropagation(Algorithm):
    """Label propagation: communities in which each node has the label of most of its neighbours."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        maxIterations: int = 10,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        maxIterations: int = 10,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        maxIterations: int = 10,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        maxIterations: int = 10,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        maxIterations: int = 10,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Lcc(Algorithm):
    """Local clustering coefficient: the share of a node's pairs of neighbours that are neighbours themselves."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "undirected",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Leiden(Algorithm):
    """Leiden: communities with more edges within them than chance would give, each of them connected."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxIterations: int = 10,
        tolerance: float = 1e-05,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxIterations: int = 10,
        tolerance: float = 1e-05,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxIterations: int = 10,
        tolerance: float = 1e-05,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxIterations: int = 10,
        tolerance: float = 1e-05,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        resolution: float = 1.0,
        maxIterations: int = 10,
        tolerance: float = 1e-05,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Line(Algorithm):
    """LINE: node embeddings trained on edges: of the first order (neighbours), the second (neighbours in common), or both."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        order: Literal["first", "second", "both"] = "both",
        epochs: int = 50,
        negativeSamples: int = 5,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        order: Literal["first", "second", "both"] = "both",
        epochs: int = 50,
        negativeSamples: int = 5,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        order: Literal["first", "second", "both"] = "both",
        epochs: int = 50,
        negativeSamples: int = 5,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        order: Literal["first", "second", "both"] = "both",
        epochs: int = 50,
        negativeSamples: int = 5,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        dimensions: int = 128,
        order: Literal["first", "second", "both"] = "both",
        epochs: int = 50,
        negativeSamples: int = 5,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Louvain(Algorithm):
    """Louvain: communities with more edges within them than chance would give; some may not be connected."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxLevels: int = 100,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxLevels: int = 100,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxLevels: int = 100,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        resolution: float = 1.0,
        maxLevels: int = 100,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        resolution: float = 1.0,
        maxLevels: int = 100,
        seedProperty: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Maxflow(Algorithm):
    """Maximum flow from a node to another over edges that carry as much as their weight, and the minimum cut."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Modularity(Algorithm):
    """Modularity of communities that stand in a property: of each, and of all together."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        resolution: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        resolution: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        resolution: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        resolution: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Mst(Algorithm):
    """Minimum spanning tree: the edges of least weight that connect all that is connected."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        maximum: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        maximum: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        maximum: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        maximum: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        maximum: bool = False,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Node2Vec(Algorithm):
    """Node embeddings from biased random walks: projected, factorised or trained."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        window: int = 10,
        method: Literal["projection", "spectral", "skipgram"] = "projection",
        transform: Literal["raw", "log1p"] = "raw",
        sampling: Literal["walks", "exact"] = "walks",
        distanceNorm: bool = False,
        iterations: int | None = None,
        smoothing: float = 0.7,
        smoothingSteps: int = 5,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        isolated: Literal["zero", "skip"] = "zero",
        evaluate: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        window: int = 10,
        method: Literal["projection", "spectral", "skipgram"] = "projection",
        transform: Literal["raw", "log1p"] = "raw",
        sampling: Literal["walks", "exact"] = "walks",
        distanceNorm: bool = False,
        iterations: int | None = None,
        smoothing: float = 0.7,
        smoothingSteps: int = 5,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        isolated: Literal["zero", "skip"] = "zero",
        evaluate: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        window: int = 10,
        method: Literal["projection", "spectral", "skipgram"] = "projection",
        transform: Literal["raw", "log1p"] = "raw",
        sampling: Literal["walks", "exact"] = "walks",
        distanceNorm: bool = False,
        iterations: int | None = None,
        smoothing: float = 0.7,
        smoothingSteps: int = 5,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        isolated: Literal["zero", "skip"] = "zero",
        evaluate: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        window: int = 10,
        method: Literal["projection", "spectral", "skipgram"] = "projection",
        transform: Literal["raw", "log1p"] = "raw",
        sampling: Literal["walks", "exact"] = "walks",
        distanceNorm: bool = False,
        iterations: int | None = None,
        smoothing: float = 0.7,
        smoothingSteps: int = 5,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        isolated: Literal["zero", "skip"] = "zero",
        evaluate: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        dimensions: int = 128,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        window: int = 10,
        method: Literal["projection", "spectral", "skipgram"] = "projection",
        transform: Literal["raw", "log1p"] = "raw",
        sampling: Literal["walks", "exact"] = "walks",
        distanceNorm: bool = False,
        iterations: int | None = None,
        smoothing: float = 0.7,
        smoothingSteps: int = 5,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        isolated: Literal["zero", "skip"] = "zero",
        evaluate: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Nodesimilarity(Algorithm):
    """Node similarity: pairs of nodes with common neighbours, by jaccard, overlap or cosine."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        measure: Literal["jaccard", "overlap", "cosine"] = "jaccard",
        topK: int = 10,
        similarityCutoff: float = 0.0,
        degreeCutoff: int = 1,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        measure: Literal["jaccard", "overlap", "cosine"] = "jaccard",
        topK: int = 10,
        similarityCutoff: float = 0.0,
        degreeCutoff: int = 1,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        measure: Literal["jaccard", "overlap", "cosine"] = "jaccard",
        topK: int = 10,
        similarityCutoff: float = 0.0,
        degreeCutoff: int = 1,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        measure: Literal["jaccard", "overlap", "cosine"] = "jaccard",
        topK: int = 10,
        similarityCutoff: float = 0.0,
        degreeCutoff: int = 1,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Pagerank(Algorithm):
    """PageRank: how often a random surfer is at each node; with sources, as seen from these nodes."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        damping: float = 0.85,
        maxIterations: int = 100,
        tolerance: float = 1e-07,
        sources: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Pca(Algorithm):
    """Coordinates of vectors along the directions in which they differ most, to draw them."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        dimensions: int = 2,
        center: bool = True,
        scale: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        dimensions: int = 2,
        center: bool = True,
        scale: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        dimensions: int = 2,
        center: bool = True,
        scale: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        dimensions: int = 2,
        center: bool = True,
        scale: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        property: str | None = None,
        dimensions: int = 2,
        center: bool = True,
        scale: bool = False,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Predict(Algorithm):
    """Predictions of what a GQL expression will be, learned from the past."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        entity: str | None = None,
        target: str | None = None,
        horizon: Any = None,
        every: Any = None,
        eligible: str | None = None,
        lookback: Any = None,
        validationFrom: Any = None,
        testFrom: Any = None,
        at: Any = None,
        stamps: int = 40,
        timeProperty: Any = None,
        database: Literal["rolling", "frozen"] = "rolling",
        model: Literal["auto", "aggregate", "ridge", "graphsage", "hgt"] = "auto",
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        loss: Literal["mae", "mse", "huber"] = "mae",
        classWeights: Any = None,
        features: Any = None,
        sampling: int | Sequence[int] | None = None,
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        hiddenDimensions: int = 64,
        heads: int = 4,
        seeds: int = 1,
        epochs: int = 20,
        patience: int | None = None,
        learningRate: float = 0.005,
        weightDecay: float = 0.0,
        dropout: float = 0.2,
        batchSize: int = 512,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        entity: str | None = None,
        target: str | None = None,
        horizon: Any = None,
        every: Any = None,
        eligible: str | None = None,
        lookback: Any = None,
        validationFrom: Any = None,
        testFrom: Any = None,
        at: Any = None,
        stamps: int = 40,
        timeProperty: Any = None,
        database: Literal["rolling", "frozen"] = "rolling",
        model: Literal["auto", "aggregate", "ridge", "graphsage", "hgt"] = "auto",
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        loss: Literal["mae", "mse", "huber"] = "mae",
        classWeights: Any = None,
        features: Any = None,
        sampling: int | Sequence[int] | None = None,
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        hiddenDimensions: int = 64,
        heads: int = 4,
        seeds: int = 1,
        epochs: int = 20,
        patience: int | None = None,
        learningRate: float = 0.005,
        weightDecay: float = 0.0,
        dropout: float = 0.2,
        batchSize: int = 512,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        entity: str | None = None,
        target: str | None = None,
        horizon: Any = None,
        every: Any = None,
        eligible: str | None = None,
        lookback: Any = None,
        validationFrom: Any = None,
        testFrom: Any = None,
        at: Any = None,
        stamps: int = 40,
        timeProperty: Any = None,
        database: Literal["rolling", "frozen"] = "rolling",
        model: Literal["auto", "aggregate", "ridge", "graphsage", "hgt"] = "auto",
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        loss: Literal["mae", "mse", "huber"] = "mae",
        classWeights: Any = None,
        features: Any = None,
        sampling: int | Sequence[int] | None = None,
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        hiddenDimensions: int = 64,
        heads: int = 4,
        seeds: int = 1,
        epochs: int = 20,
        patience: int | None = None,
        learningRate: float = 0.005,
        weightDecay: float = 0.0,
        dropout: float = 0.2,
        batchSize: int = 512,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        entity: str | None = None,
        target: str | None = None,
        horizon: Any = None,
        every: Any = None,
        eligible: str | None = None,
        lookback: Any = None,
        validationFrom: Any = None,
        testFrom: Any = None,
        at: Any = None,
        stamps: int = 40,
        timeProperty: Any = None,
        database: Literal["rolling", "frozen"] = "rolling",
        model: Literal["auto", "aggregate", "ridge", "graphsage", "hgt"] = "auto",
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        loss: Literal["mae", "mse", "huber"] = "mae",
        classWeights: Any = None,
        features: Any = None,
        sampling: int | Sequence[int] | None = None,
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        hiddenDimensions: int = 64,
        heads: int = 4,
        seeds: int = 1,
        epochs: int = 20,
        patience: int | None = None,
        learningRate: float = 0.005,
        weightDecay: float = 0.0,
        dropout: float = 0.2,
        batchSize: int = 512,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        entity: str | None = None,
        target: str | None = None,
        horizon: Any = None,
        every: Any = None,
        eligible: str | None = None,
        lookback: Any = None,
        validationFrom: Any = None,
        testFrom: Any = None,
        at: Any = None,
        stamps: int = 40,
        timeProperty: Any = None,
        database: Literal["rolling", "frozen"] = "rolling",
        model: Literal["auto", "aggregate", "ridge", "graphsage", "hgt"] = "auto",
        task: Literal["unsupervised", "classification", "regression", "edge_classification", "edge_regression", "link_prediction", "recommendation"] | None = None,
        metric: Literal["auroc", "average_precision", "f1", "accuracy", "mae", "rmse", "r2"] | None = None,
        loss: Literal["mae", "mse", "huber"] = "mae",
        classWeights: Any = None,
        features: Any = None,
        sampling: int | Sequence[int] | None = None,
        strategy: Literal["last", "uniform"] = "last",
        recency: bool = True,
        hiddenDimensions: int = 64,
        heads: int = 4,
        seeds: int = 1,
        epochs: int = 20,
        patience: int | None = None,
        learningRate: float = 0.005,
        weightDecay: float = 0.0,
        dropout: float = 0.2,
        batchSize: int = 512,
        saveModel: str | None = None,
        useModel: str | None = None,
        startFrom: str | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _RandomWalk(Algorithm):
    """Biased second-order random walks, as lists of nodes."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        startNodes: str | Sequence[str] | None = None,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        startNodes: str | Sequence[str] | None = None,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        startNodes: str | Sequence[str] | None = None,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        startNodes: str | Sequence[str] | None = None,
        walkLength: int = 80,
        walksPerNode: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Recommend(Algorithm):
    """The k nodes whose vectors score highest with a node's, without those it already has an edge to."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        targetEdge: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "dot",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        targetEdge: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "dot",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        targetEdge: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "dot",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        targetEdge: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "dot",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Scc(Algorithm):
    """Strongly connected components: nodes that reach each other along the direction of edges."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Similar(Algorithm):
    """The k nodes whose vectors are nearest to a node's, exact."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "cosine",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "cosine",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "cosine",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        node: str | None = None,
        nodes: str | Sequence[str] | None = None,
        property: str | None = None,
        k: int = 10,
        metric: Literal["cosine", "dot"] = "cosine",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class _Sssp(Algorithm):
    """Single-source shortest paths: the least sum of weights from a node to each other."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Struc2Vec(Algorithm):
    """struc2vec: node embeddings by structural role: nodes whose surroundings have like degrees get like vectors."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        layers: int = 4,
        walkLength: int = 80,
        walksPerNode: int = 10,
        stayProbability: float = 0.3,
        window: int = 10,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        layers: int = 4,
        walkLength: int = 80,
        walksPerNode: int = 10,
        stayProbability: float = 0.3,
        window: int = 10,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        layers: int = 4,
        walkLength: int = 80,
        walksPerNode: int = 10,
        stayProbability: float = 0.3,
        window: int = 10,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        dimensions: int = 128,
        layers: int = 4,
        walkLength: int = 80,
        walksPerNode: int = 10,
        stayProbability: float = 0.3,
        window: int = 10,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        dimensions: int = 128,
        layers: int = 4,
        walkLength: int = 80,
        walksPerNode: int = 10,
        stayProbability: float = 0.3,
        window: int = 10,
        negativeSamples: int = 5,
        epochs: int = 1,
        learningRate: float = 0.025,
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Topological(Algorithm):
    """Topological order of a graph without cycles: each node behind all that point to it; else a cycle is named."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        orientation: Literal["natural", "reverse"] = "natural",
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Triangles(Algorithm):
    """Triangles: how many triangles each node is part of, and how many there are."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Umap(Algorithm):
    """UMAP: coordinates in which vectors lie beside those they are similar to, to draw them."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 15,
        minDist: float = 0.1,
        dimensions: int = 2,
        epochs: int | None = None,
        metric: Literal["cosine", "euclidean"] = "cosine",
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 15,
        minDist: float = 0.1,
        dimensions: int = 2,
        epochs: int | None = None,
        metric: Literal["cosine", "euclidean"] = "cosine",
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 15,
        minDist: float = 0.1,
        dimensions: int = 2,
        epochs: int | None = None,
        metric: Literal["cosine", "euclidean"] = "cosine",
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        property: str | None = None,
        k: int = 15,
        minDist: float = 0.1,
        dimensions: int = 2,
        epochs: int | None = None,
        metric: Literal["cosine", "euclidean"] = "cosine",
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        property: str | None = None,
        k: int = 15,
        minDist: float = 0.1,
        dimensions: int = 2,
        epochs: int | None = None,
        metric: Literal["cosine", "euclidean"] = "cosine",
        blockSize: int | None = None,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Wcc(Algorithm):
    """Weakly connected components: nodes that are connected by edges, whatever their direction."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def write(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        property: str | dict[str, str],
        *,
        wait: bool = True,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Task: ...

class _Yens(Algorithm):
    """The k shortest ways between two nodes, none of which meets a node twice."""

    def __call__(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        k: int = 3,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> AlgorithmResult: ...
    def stream(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        k: int = 3,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> Result: ...
    def stats(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        k: int = 3,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...
    def estimate(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        *,
        orientation: Literal["natural", "reverse", "undirected"] = "natural",
        source: str | Sequence[str] | None = None,
        target: str | Sequence[str] | None = None,
        k: int = 3,
        nodeLabels: str | Sequence[str] | None = None,
        edgeLabels: str | Sequence[str] | None = None,
        weight: str | None = None,
        seed: int = 42,
        concurrency: int | None = None,
        maxMemory: int | None = None,
    ) -> dict[str, Any]: ...

class Algorithms:
    def __init__(self, runs: Any) -> None: ...
    @property
    def articlerank(self) -> _Articlerank: ...
    @property
    def articulationpoints(self) -> _Articulationpoints: ...
    @property
    def betweenness(self) -> _Betweenness: ...
    @property
    def bfs(self) -> _Bfs: ...
    @property
    def bridges(self) -> _Bridges: ...
    @property
    def closeness(self) -> _Closeness: ...
    @property
    def conductance(self) -> _Conductance: ...
    @property
    def degree(self) -> _Degree: ...
    @property
    def dijkstra(self) -> _Dijkstra: ...
    @property
    def eigenvector(self) -> _Eigenvector: ...
    @property
    def explain(self) -> _Explain: ...
    @property
    def fastrp(self) -> _Fastrp: ...
    @property
    def features(self) -> _Features: ...
    @property
    def gnn_embed(self) -> _GnnEmbed: ...
    @property
    def graph_embed(self) -> _GraphEmbed: ...
    @property
    def harmonic(self) -> _Harmonic: ...
    @property
    def hashgnn(self) -> _Hashgnn: ...
    @property
    def hdbscan(self) -> _Hdbscan: ...
    @property
    def hits(self) -> _Hits: ...
    @property
    def katz(self) -> _Katz: ...
    @property
    def kcore(self) -> _Kcore: ...
    @property
    def kmeans(self) -> _Kmeans: ...
    @property
    def knn(self) -> _Knn: ...
    @property
    def labelpropagation(self) -> _Labelpropagation: ...
    @property
    def lcc(self) -> _Lcc: ...
    @property
    def leiden(self) -> _Leiden: ...
    @property
    def line(self) -> _Line: ...
    @property
    def louvain(self) -> _Louvain: ...
    @property
    def maxflow(self) -> _Maxflow: ...
    @property
    def modularity(self) -> _Modularity: ...
    @property
    def mst(self) -> _Mst: ...
    @property
    def node2vec(self) -> _Node2Vec: ...
    @property
    def nodesimilarity(self) -> _Nodesimilarity: ...
    @property
    def pagerank(self) -> _Pagerank: ...
    @property
    def pca(self) -> _Pca: ...
    @property
    def predict(self) -> _Predict: ...
    @property
    def random_walk(self) -> _RandomWalk: ...
    @property
    def recommend(self) -> _Recommend: ...
    @property
    def scc(self) -> _Scc: ...
    @property
    def similar(self) -> _Similar: ...
    @property
    def sssp(self) -> _Sssp: ...
    @property
    def struc2vec(self) -> _Struc2Vec: ...
    @property
    def topological(self) -> _Topological: ...
    @property
    def triangles(self) -> _Triangles: ...
    @property
    def umap(self) -> _Umap: ...
    @property
    def wcc(self) -> _Wcc: ...
    @property
    def yens(self) -> _Yens: ...
    def __getitem__(self, name: str) -> Algorithm: ...
    def __iter__(self) -> Iterator[str]: ...
