"""Graphs of DataFrames: nodes numbered, edges both ways, parallel ones made one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .._errors import make
from ._tasks import Shape

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: The largest number; sums of weights beyond it are it.
_MOST = "1.7976931348623157e308D"


def numbered(
    spark: SparkSession,
    nodes: DataFrame,
    edges: DataFrame,
    weight: str | None,
    id: str,  # noqa: A002
    src: str,
    dst: str,
    order: str | None,
    blocks: int,
) -> tuple[DataFrame, DataFrame, Shape]:
    """The nodes with numbers, the rows of arcs, and what tasks know of them."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    if blocks < 1:
        raise make("Data", "22003", f"blocks is {blocks}; there is at least 1")
    _has(nodes, "nodes", [id])
    _has(edges, "edges", [src, dst, *([weight] if weight else []), *([order] if order else [])])
    ids = nodes.select(F.col(id).cast("string").alias("_id"))
    counts = ids.selectExpr("count(*) as rows", "count(_id) as there", "count(distinct _id) as different").collect()[0]
    if counts.there < counts.rows:
        raise make("Data", "22004", f"{counts.rows - counts.there} of {counts.rows} nodes have no {id}")
    if counts.different < counts.rows:
        example = ids.groupBy("_id").count().where("count > 1").limit(1).collect()[0]
        message = f"{counts.rows} nodes have {counts.different} different ids; {example['_id']!r} is there {example['count']} times"
        raise make("Constraint", "G2000", message)
    # One window over all: nodes are as many as one task can sort.
    number = F.row_number().over(Window.partitionBy(F.lit(0)).orderBy("_id")) - F.lit(1)
    named = ids.select(number.cast("long").alias("_number"), "_id")
    weights = F.coalesce(F.col(weight).cast("double"), F.lit(1.0)) if weight else F.lit(1.0)
    rank = F.col(order) if order else F.lit(0)
    ends = edges.select(
        F.col(src).cast("string").alias("a"), F.col(dst).cast("string").alias("b"), weights.alias("w"), rank.alias("o")
    )
    bad = ends.where("w < 0 or isnan(w) or w = double('Infinity')").limit(1).collect()
    if bad:
        message = f"the weight {weight!r} of the edge ({bad[0].a})->({bad[0].b}) is {bad[0].w}"
        raise make("Data", "22003", message, "a weight is a finite number of at least 0")
    numbers = named.selectExpr("_number", "_id")
    known = ends.join(numbers.selectExpr("_number as x", "_id as a"), "a", "left")
    known = known.join(numbers.selectExpr("_number as y", "_id as b"), "b", "left")
    lost = known.where("x is null or y is null").selectExpr("count(*) as edges", "min(case when x is null then a else b end) as id")
    lost_edges = lost.collect()[0]
    if lost_edges.edges:
        message = f"{lost_edges.edges} edges end at no node, such as {lost_edges.id!r}"
        raise make("Binding", "42002", message, "give nodes a row for each")
    both = known.selectExpr("x", "y", "o", "w").unionByName(known.where("x <> y").selectExpr("y as x", "x as y", "o", "w"))
    # Weights are added one after the other, in an order of their own: a sum of Spark's would take them as they come.
    parallel = both.groupBy("x", "y").agg(F.sort_array(F.collect_list(F.struct("o", "w"))).alias("weights"))
    added = f"least(aggregate(weights, cast(0 as double), (sum, one) -> least(sum + one.w, {_MOST})), {_MOST}) as w"
    arcs = parallel.selectExpr("x", "y", added)
    lists = arcs.groupBy("x").agg(F.sort_array(F.collect_list(F.struct("y", "w"))).alias("row"))
    rows = named.selectExpr("_number as x").join(lists, "x", "left")
    nothing = "cast(array() as array<int>)", "cast(array() as array<double>)"
    places = f"coalesce(transform(row, arc -> cast(arc.y as int)), {nothing[0]})"
    rows = rows.selectExpr(
        "x as number",
        "x as place",
        f"{places} as neighbors",
        f"{places} as places",
        f"coalesce(transform(row, arc -> arc.w), {nothing[1]}) as weights",
    )
    found = arcs.selectExpr(
        "count(*) as arcs",
        "count(case when w <> 1 then 1 end) as unlike",
        "min(case when w > 0 then w end) as least",
        "max(case when w > 0 then w end) as largest",
    ).collect()[0]
    bounds = tuple(counts.rows * block // blocks for block in range(blocks + 1))
    extremes = None if found.least is None else (float(found.least), float(found.largest))
    if extremes is not None and not all(math.isfinite(weight) for weight in extremes):
        raise make("Internal", "22000", f"the weights go from {extremes[0]} to {extremes[1]}")
    shape = Shape(counts.rows, found.arcs, bounds, found.unlike > 0, extremes)
    return named, rows, shape


def _has(frame: DataFrame, what: str, names: list[Any]) -> None:
    for name in names:
        if name not in frame.columns:
            raise make("Binding", "42002", f"{what} has no column {name!r}", f"it has {', '.join(frame.columns)}")
