"""Graphs on a cluster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._errors import make
from . import _plans, _tasks
from ._tasks import Shape, Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Bytes that a task may take, where it is not said.
TASK_MEMORY = 2 << 30

PLANS = ("auto", "columns", "starts", "blocks")


class Graph:
    """An undirected graph on a cluster, to compute embeddings of: ``Graph.read(spark, path)`` of what ``wend export --blocks`` wrote,
    or ``Graph.of(spark, nodes, edges)`` of DataFrames.

    Its embeddings have the bits that ``CALL algo.node2vec(..)`` and ``CALL algo.fastrp(..)`` give, whatever the plan and the number of
    parts. The package ``wenddb`` has to be installed on the executors, too; no database is opened there.
    """

    def __init__(
        self,
        spark: SparkSession,
        nodes: DataFrame,
        arcs: DataFrame,
        shape: Shape,
        fingerprint: str | None,
        selection: Mapping[str, Any],
    ) -> None:
        self._spark, self._arcs, self._shape = spark, arcs, shape
        #: The nodes: ``_number``, ``_id``, and what else is known of them.
        self.nodes = nodes
        #: What tells the graph from others; None of one that no database wrote.
        self.fingerprint = fingerprint
        self._selection = dict(selection)

    @classmethod
    def read(cls, spark: SparkSession, path: str) -> Graph:
        """The graph that ``wend export DB --to path --format parquet --blocks N`` wrote."""
        path = path.rstrip("/")
        lines = _plans.read_lines(spark, f"{path}/manifest.json")
        if lines is None:
            hint = "wend export DB --to DIR --format parquet --blocks N"
            raise make("Io", "22000", f"there is no graph by blocks at {path}: it has no manifest.json", hint)
        try:
            manifest = json.loads("\n".join(lines))
        except ValueError as error:
            raise make("Import", "22000", f"{path}/manifest.json is no JSON: {error}") from None
        if manifest.get("format") != "wenddb graph by blocks":
            message = f"{path}/manifest.json is of {manifest.get('format')!r}, not of a graph by blocks"
            raise make("Import", "22000", message)
        if manifest["version"] > 1:
            message = f"{path} has the format {manifest['version']}, and this version of wenddb reads 1"
            raise make("FormatVersion", "22000", message, "use a newer version of wenddb")
        bounds = [0]
        for block in manifest["blocks"]:
            bounds.append(bounds[-1] + block["nodes"])
        extremes = (manifest["leastWeight"], manifest["largestWeight"])
        shape = Shape(
            manifest["nodeCount"],
            manifest["arcCount"],
            tuple(bounds),
            manifest["weighted"],
            None if None in extremes else extremes,
        )
        nodes, arcs = spark.read.parquet(f"{path}/nodes"), spark.read.parquet(f"{path}/arcs")
        return cls(spark, nodes, arcs, shape, manifest["fingerprint"], manifest["selection"])

    @classmethod
    def of(
        cls,
        spark: SparkSession,
        nodes: DataFrame,
        edges: DataFrame,
        *,
        weight: str | None = None,
        id: str = "_id",  # noqa: A002
        src: str = "_from",
        dst: str = "_to",
        order: str | None = None,
        blocks: int = 8,
    ) -> Graph:
        """A graph of DataFrames: a column of nodes has their ids, two of edges those of their ends, and ``weight`` names the column
        that weighs edges (NULL = 1).

        Nodes are numbered by their ids in ascending order: the bits are those of a database into which they were inserted in that
        order. Weights of parallel edges are added by the column ``order``, without one from the least up.
        """
        from ._frames import numbered

        return cls(spark, *numbered(spark, nodes, edges, weight, id, src, dst, order, blocks), None, {"weight": weight})

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return self._shape.nodes

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return self._shape.blocks

    def node2vec(self, **parameters: Any) -> DataFrame:
        """``algo.node2vec`` with its parameters, and those of :meth:`embed`; a DataFrame of ``_number``, ``_id``, ``embedding``."""
        return self.embed("node2vec", **parameters)

    def fastrp(self, **parameters: Any) -> DataFrame:
        """``algo.fastrp`` with its parameters, and those of :meth:`embed`; a DataFrame of ``_number``, ``_id``, ``embedding``."""
        return self.embed("fastrp", **parameters)

    def embed(
        self,
        algorithm: str,
        *,
        plan: str = "auto",
        parts: int | None = None,
        steps: str | None = None,
        write_every: int = _plans.WRITE_EVERY,
        task_memory: int = TASK_MEMORY,
        **parameters: Any,
    ) -> DataFrame:
        """The vectors that an algorithm gives of this graph with these parameters: ``_number``, ``_id``, ``embedding``.

        ``plan`` is ``columns`` (a task has the whole graph and some columns of all vectors), ``starts`` (the whole graph and the walks
        from some nodes: sampled walks), ``blocks`` (the rows of a block of nodes) or ``auto``: the first that the method allows and
        that needs at most ``task_memory`` bytes a task. ``parts`` is the number of tasks of the first two, by default as many as
        blocks. ``steps`` is a place where the plan ``blocks`` writes what it has every ``write_every`` exchanges, and goes on from
        when it is begun again. The parameters, defaults and errors are those of CALL.
        """
        work = Work(algorithm, self._without_selection(algorithm, parameters))
        made = work.parts()
        if parts is not None and parts < 1:
            raise make("Data", "22003", f"parts is {parts}; there is at least 1")
        if write_every < 1:
            raise make("Data", "22003", f"write_every is {write_every}; it is at least 1")
        plan = self._choose(plan, algorithm, made, parts or self.blocks, task_memory)
        if steps is not None and plan != "blocks":
            message = f"the plan {plan!r} has no steps to write"
            raise make("Data", "22003", message, "leave steps out: a task that is lost is done again; or plan='blocks'")
        if plan == "blocks":
            found = _plans.blocks(self._spark, self._arcs, self._shape, work, steps, write_every, self._key(work))
        else:
            plans = {"columns": _plans.columns, "starts": _plans.starts}
            found = plans[plan](self._spark, self._arcs, self._shape, work, parts or self.blocks)
        return self._with_ids(found, made.skips_isolated)

    def _without_selection(self, algorithm: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters but those that select a part of the graph, which was selected before."""
        kept = dict(parameters)
        for parameter, name in (("nodeLabels", "nodeLabels"), ("edgeLabels", "edgeLabels"), ("weight", "weight")):
            given = kept.pop(parameter, None)
            there = self._selection.get(name)
            if given is not None and given != there:
                message = f"{parameter} is {given!r}, and the graph was taken with {there!r}"
                raise make("Data", "22003", message, "what is seen of a graph is said when it is exported, or in Graph.of")
        return kept

    def _choose(self, plan: str, algorithm: str, made: Any, parts: int, memory: int) -> str:
        if plan not in PLANS:
            raise make("Data", "22003", f"plan is {plan!r}; it takes {', '.join(PLANS)}")
        walks = made.walks
        if plan == "starts" and not walks or plan in ("columns", "blocks") and walks:
            able = "starts" if walks else "columns or blocks"
            hint = "sampled walks go by starts, sampling='exact' and fastrp by columns or blocks"
            raise make("Data", "22003", f"these parameters of algo.{algorithm} do not go by {plan}, but by {able}", hint)
        if plan != "auto":
            return plan
        needed = self.task_bytes("starts" if walks else "columns", made, parts)
        if needed <= memory:
            return "starts" if walks else "columns"
        if walks:
            message = f"a task needs about {needed} bytes for the whole graph and its sums, and task_memory allows {memory}"
            hint = "sampling='exact' goes by blocks (p = q = 1); or raise task_memory to what executors have, with plan='starts'"
            raise make("Memory", "22000", message, hint)
        return "blocks"

    def task_bytes(self, plan: str, made: Any, parts: int) -> int:
        """About the bytes that a task of the plans ``columns`` and ``starts`` takes: the graph while it is built, and vectors."""
        nodes, arcs = self._shape.nodes, self._shape.arcs
        # Messages, their arrays, a list of edges and rows; then matrices.
        graph = arcs * (60 if self._shape.weighted else 30) + nodes * 40
        if plan == "starts":
            return graph + nodes * made.dimensions * (4 + 1 + 8)
        width = -(-made.dimensions // max(1, min(parts, made.dimensions)))
        return graph + nodes * width * 4 * (4 + made.layers)

    def _key(self, work: Work) -> str:
        what = [self.fingerprint, self._shape.nodes, self._shape.arcs, self._shape.bounds, work.algorithm]
        text = json.dumps([*what, sorted(work.parameters.items())], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _with_ids(self, vectors: DataFrame, skips_isolated: bool) -> DataFrame:
        def check(batches: Any) -> Any:
            return _tasks.checked(batches, skips_isolated)

        joined = self.nodes.select("_number", "_id").join(vectors, "_number", "left")
        return joined.select("_number", "_id", "embedding").mapInArrow(check, "_number long, _id string, embedding array<float>")

    def write(self, algorithm: str, to: str, **parameters: Any) -> int:
        """Computes vectors as :meth:`embed` does and writes them where ``wend import DB --vectors property=to`` takes them from; how
        many. It looks whether there is one row for each node, and writes ``manifest.json`` last."""
        to = to.rstrip("/")
        if _plans.read_lines(self._spark, f"{to}/manifest.json") is not None:
            raise make("Io", "22000", f"{to} has vectors already", "give another place, or remove it")
        vectors = self.embed(algorithm, **parameters)
        plan_only = ("plan", "parts", "steps", "write_every", "task_memory")
        given = self._without_selection(algorithm, {k: v for k, v in parameters.items() if k not in plan_only})
        made = Work(algorithm, given).parts()
        vectors.write.mode("overwrite").parquet(f"{to}/vectors")
        count = "count(*) as rows", "count(distinct _number) as nodes"
        found = self._spark.read.parquet(f"{to}/vectors").selectExpr(*count).collect()[0]
        too_few = found.rows < self._shape.nodes and not made.skips_isolated
        if found.rows != found.nodes or found.rows > self._shape.nodes or too_few:
            message = f"{found.rows} rows of {found.nodes} nodes were written, and the graph has {self._shape.nodes}"
            raise make("Internal", "22000", message, "compute them again")
        manifest = {
            "format": "wenddb vectors",
            "version": 1,
            "fingerprint": self.fingerprint or "",
            "selection": {name: self._selection.get(name) for name in ("nodeLabels", "edgeLabels", "weight")},
            "nodeCount": self._shape.nodes,
            "rowCount": found.rows,
            "dimensions": made.dimensions,
            "algorithm": algorithm,
            "parameters": given,
        }
        text = json.dumps(manifest)
        self._spark.createDataFrame([(text,)], "value string").coalesce(1).write.text(f"{to}/manifest.json")
        return int(found.rows)

    def __repr__(self) -> str:
        return f"<wenddb.spark.Graph: {self._shape.nodes} nodes, {self._shape.arcs} arcs, {self.blocks} blocks>"
