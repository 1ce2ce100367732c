"""Embeddings of graphs that are larger than one machine, on a cluster with Spark: the same bits as in the database.

    from wenddb.spark import Graph

    g = Graph.read(spark, "s3://bucket/graph")            # what `wend export DB --format parquet --blocks N` wrote
    vectors = g.node2vec(sampling="exact", dimensions=128)  # a DataFrame of _number, _id, embedding
    g.write("node2vec", "s3://bucket/vectors", sampling="exact")

It uses the DataFrame API of Spark Connect alone, so that it works with classic sessions, with servers, and with other engines that
speak Spark Connect.
"""

from __future__ import annotations

from ._graph import Graph

__all__ = ["Graph"]
