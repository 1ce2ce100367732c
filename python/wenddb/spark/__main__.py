"""``python -m wenddb.spark embed DIR --algorithm node2vec --set dimensions=64 --to OUT [--remote sc://host:15002]``"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from .. import Error


def parameter(text: str) -> tuple[str, Any]:
    """``name=value``; a value that is no JSON is a text."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; its exit status."""
    parser = argparse.ArgumentParser("python -m wenddb.spark", description="Embeddings of graphs by blocks, with Spark.")
    commands = parser.add_subparsers(dest="command", required=True)
    embed = commands.add_parser("embed", help="compute vectors of a graph that `wend export --blocks` wrote")
    embed.add_argument("graph", metavar="DIR", help="the graph")
    embed.add_argument("--algorithm", required=True, help="node2vec or fastrp")
    embed.add_argument("--set", type=parameter, action="append", default=[], metavar="NAME=VALUE", help="a parameter of it")
    embed.add_argument("--to", required=True, metavar="OUT", help="where `wend import DB --vectors PROPERTY=OUT` finds the vectors")
    embed.add_argument("--remote", metavar="sc://HOST:PORT", help="a server of Spark Connect; else a session of this machine's Spark")
    embed.add_argument("--plan", default="auto", help="columns, starts, blocks or auto")
    embed.add_argument("--parts", type=int, help="tasks of the plans columns and starts; by default as many as blocks")
    embed.add_argument("--steps", metavar="DIR", help="where the plan blocks writes what it has, and goes on from")
    embed.add_argument("--write-every", type=int, metavar="N", help="exchanges between two written steps; by default 16")
    embed.add_argument("--task-memory", type=int, metavar="BYTES", help="what a task may take, by which auto chooses")
    given = parser.parse_args(arguments)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        print("error: there is no pyspark here; pip install 'pyspark[connect]' or pyspark-client", file=sys.stderr)
        return 2
    from . import Graph

    builder = SparkSession.builder
    spark = (builder.remote(given.remote) if given.remote else builder).getOrCreate()
    chosen: dict[str, Any] = {"plan": given.plan, "parts": given.parts, "steps": given.steps}
    for name in ("task_memory", "write_every"):
        if getattr(given, name) is not None:
            chosen[name] = getattr(given, name)
    try:
        count = Graph.read(spark, given.graph).write(given.algorithm, given.to, **chosen, **dict(given.set))
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        spark.stop()
    print(f"{count} vectors in {given.to}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
