"""The plans: which tasks there are, and which messages go from where to where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .._errors import make
from . import _tasks
from ._mail import MAIL
from ._tasks import VECTORS, Shape, Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Exchanges between two written steps.
WRITE_EVERY = 16


def exchange(mail: DataFrame, parts: int) -> DataFrame:
    """Brings messages to the tasks of their targets."""
    if _has_direct(mail.sparkSession):
        return mail.repartitionById(parts, mail["to"])
    # By a hash some tasks get several targets, and others none.
    return mail.repartition(parts, "to")


#: Whether sessions can send rows to the partition that a column names: Spark from 4.1 on.
_direct: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def _has_direct(spark: SparkSession) -> bool:
    from pyspark.errors import PySparkException

    if spark not in _direct:
        frame = spark.range(1).selectExpr("cast(id as int) as to")
        try:
            _direct[spark] = hasattr(frame, "repartitionById") and bool(frame.repartitionById(1, frame["to"]).collect())
        except PySparkException:
            _direct[spark] = False
    return _direct[spark]


def pack(arcs: DataFrame, shape: Shape, whole: bool) -> DataFrame:
    """The rows of arcs as messages."""
    # Of a whole graph nobody asks for the places of neighbours.
    columns = ["number", "place", "neighbors", *([] if whole else ["places"]), *(["weights"] if shape.weighted else [])]
    arcs = arcs.select(*columns)

    def task(batches: Any) -> Any:
        return _tasks.packed(batches, shape, whole)

    return arcs.mapInArrow(task, MAIL)


def to_each(spark: SparkSession, mail: DataFrame, targets: int) -> DataFrame:
    """Messages to 0 as messages to each target."""
    ids = spark.range(targets).selectExpr("cast(id as int) as target")
    return mail.crossJoin(ids).selectExpr("target as to", "kind", "sender", "part", "parts", "data")


def columns(spark: SparkSession, arcs: DataFrame, shape: Shape, work: Work, parts: int) -> DataFrame:
    """Vectors by groups of columns: each task has the whole graph, and nothing is sent between products."""
    dimensions = work.parts().dimensions
    count = max(1, min(parts, dimensions))
    return _whole(spark, arcs, shape, work, shape.ranges(count, dimensions), _tasks.columns, _tasks.finished_columns)


def starts(spark: SparkSession, arcs: DataFrame, shape: Shape, work: Work, parts: int) -> DataFrame:
    """Vectors by starts of walks: each task has the whole graph, and integers are added."""
    count = max(1, min(parts, shape.nodes))
    return _whole(spark, arcs, shape, work, shape.ranges(count, shape.nodes), _tasks.starts, _tasks.finished_sums)


def _whole(
    spark: SparkSession, arcs: DataFrame, shape: Shape, work: Work, groups: list[tuple[int, int]], first: Any, second: Any
) -> DataFrame:
    count = len(groups)

    def compute(batches: Any) -> Any:
        return first(batches, work, shape, groups, count)

    def finish(batches: Any) -> Any:
        return second(batches, work, shape, groups, count)

    graphs = exchange(to_each(spark, pack(arcs, shape, True), count), count)
    return exchange(graphs.mapInArrow(compute, MAIL), count).mapInArrow(finish, VECTORS)


def blocks(
    spark: SparkSession, arcs: DataFrame, shape: Shape, work: Work, steps: str | None, write_every: int, key: str
) -> DataFrame:
    """Vectors by blocks of nodes: each task has the rows of a block and is sent those of its neighbours at each exchange. With a
    place for steps the states and messages of every so many exchanges are written there, and the last that are there are read."""
    count, exchanges = shape.blocks, work.parts().exchanges
    graph = pack(arcs, shape, False)

    def begin(batches: Any) -> Any:
        return _tasks.begun(batches, work, shape)

    def turn(batches: Any) -> Any:
        return _tasks.turned(batches, work, shape)

    def finish(batches: Any) -> Any:
        return _tasks.finished_blocks(batches, work, shape)

    done, mail = 0, None
    if steps is not None:
        done = last_step(spark, steps, key)
        if done > 0:
            mail = spark.read.parquet(f"{steps}/step-{done:05}")
    if mail is None:
        mail = exchange(graph, count).mapInArrow(begin, MAIL)
    while done < exchanges:
        mail = exchange(graph.unionByName(mail), count).mapInArrow(turn, MAIL)
        done += 1
        if steps is not None and (done % write_every == 0 or done == exchanges):
            mail.write.mode("overwrite").parquet(f"{steps}/step-{done:05}")
            note(spark, steps, key, done)
            mail = spark.read.parquet(f"{steps}/step-{done:05}")
    return exchange(graph.unionByName(mail), count).mapInArrow(finish, VECTORS)


def note(spark: SparkSession, steps: str, key: str, done: int) -> None:
    """Notes that a step was written."""
    line = json.dumps({"step": done, "key": key})
    spark.createDataFrame([(line,)], "value string").coalesce(1).write.mode("append").text(f"{steps}/written")


def last_step(spark: SparkSession, steps: str, key: str) -> int:
    """The last step that was written; 0 for none."""
    lines = read_lines(spark, f"{steps}/written")
    if lines is None:
        return 0
    notes = [json.loads(line) for line in lines]
    others = {note["key"] for note in notes} - {key}
    if others:
        message = f"the steps in {steps} are of another graph, algorithm or parameters"
        raise make("Data", "22G03", message, "give a place of their own to the steps of each computation")
    return max((int(note["step"]) for note in notes), default=0)


def read_lines(spark: SparkSession, path: str) -> list[str] | None:
    """The lines of a text; None where there is none, which some engines say as an error and others as no rows."""
    from pyspark.errors import AnalysisException

    try:
        return [row.value for row in spark.read.text(path).collect()] or None
    except AnalysisException as error:
        if is_missing(error):
            return None
        raise


def is_missing(error: Exception) -> bool:
    """Whether it says that there is no such path."""
    text = str(error)
    return "PATH_NOT_FOUND" in text or "No such file" in text or "not found" in text.lower() or "does not exist" in text
