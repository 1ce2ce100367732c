#!/usr/bin/env python3
"""Times igraph, NetworKit and scikit-network on an edge list, one line of JSON each: what `cargo run --example classic_bench` times
here. Seconds are the median of the repetitions, without reading the file and building the graph.
usage: peers.py EDGES.tsv [--threads N] [--weights] [--only NAME,..] [--reps R]
(pip install igraph networkit scikit-network numpy)     With --weights the file has a third column, and sssp is timed."""
import json, os, sys, time

option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
path, threads, weighted, repetitions = sys.argv[1], int(option("--threads", "2")), "--weights" in sys.argv, int(option("--reps", "3"))
only = option("--only", "").split(",") if "--only" in sys.argv else None
os.environ["OMP_NUM_THREADS"] = str(threads)
import numpy as np, igraph, networkit as nk
from scipy import sparse
from sknetwork.clustering import Leiden
from sknetwork.path import get_distances
from sknetwork.ranking import PageRank
from sknetwork.topology import count_triangles, get_connected_components, get_core_decomposition

table = np.loadtxt(path, dtype=np.float64 if weighted else np.int64)
edges, weights = table[:, :2].astype(np.int64), table[:, 2] if weighted else None
count = int(edges.max()) + 1
nk.setNumberOfThreads(threads)


def timed(system, name, call):
    if only and name not in only:
        return
    seconds, figure = [], None
    for _ in range(repetitions):
        begun = time.perf_counter()
        figure = call()
        seconds.append(time.perf_counter() - begun)
    median = sorted(seconds)[len(seconds) // 2]
    print(json.dumps({"system": system, "algorithm": name, "threads": threads, "seconds": round(median, 4), "figure": figure}), flush=True)


ig = igraph.Graph(n=count, edges=edges, directed=False)
g = nk.GraphFromCoo((weights if weighted else np.ones(len(edges)), (edges[:, 0], edges[:, 1])), n=count, weighted=weighted, directed=False)
g.indexEdges()
run = lambda algorithm: (algorithm.run(), algorithm)[1]
if weighted:
    ig.es["w"] = weights
    timed("igraph", "sssp", lambda: float(max(d for d in ig.distances(0, weights="w")[0] if d < float("inf"))))
    timed("networkit", "sssp", lambda: float(max(d for d in run(nk.distance.Dijkstra(g, 0, storePaths=False)).getDistances() if d < 1e300)))
    sys.exit()
ones = np.ones(2 * len(edges), dtype=bool)
matrix = sparse.csr_matrix((ones, (np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([edges[:, 1], edges[:, 0]]))), shape=(count, count))
timed("igraph", "pagerank", lambda: max(ig.pagerank(damping=0.85)))
timed("networkit", "pagerank", lambda: max(run(nk.centrality.PageRank(g, 0.85, 1e-7)).scores()))
timed("scikit-network", "pagerank", lambda: float(PageRank(damping_factor=0.85, solver="piteration", n_iter=50, tol=1e-7).fit_predict(matrix).max()))
timed("igraph", "wcc", lambda: len(ig.connected_components()))
timed("networkit", "wcc", lambda: run(nk.components.ParallelConnectedComponents(g)).numberOfComponents())
timed("scikit-network", "wcc", lambda: int(get_connected_components(matrix).max()) + 1)
timed("networkit", "triangles", lambda: sum(run(nk.sparsification.TriangleEdgeScore(g)).scores()) / 3)
timed("scikit-network", "triangles", lambda: int(count_triangles(matrix, parallelize=threads > 1)))
timed("igraph", "lcc", lambda: ig.transitivity_avglocal_undirected(mode="zero"))
timed("networkit", "lcc", lambda: float(np.mean(run(nk.centrality.LocalClusteringCoefficient(g, True)).scores())))
timed("igraph", "kcore", lambda: max(ig.coreness()))
timed("networkit", "kcore", lambda: run(nk.centrality.CoreDecomposition(g)).maxCoreNumber())
timed("scikit-network", "kcore", lambda: int(get_core_decomposition(matrix).max()))
timed("igraph", "bfs", lambda: int(max(d for d in ig.distances(0)[0] if d < float("inf"))))
timed("networkit", "bfs", lambda: int(max(d for d in run(nk.distance.BFS(g, 0, storePaths=False)).getDistances() if d < 1e300)))
timed("scikit-network", "bfs", lambda: int(get_distances(matrix, source=0).max()))
timed("igraph", "leiden", lambda: ig.modularity(ig.community_leiden("modularity", n_iterations=2)))
timed("networkit", "leiden", lambda: nk.community.Modularity().getQuality(run(nk.community.ParallelLeiden(g)).getPartition(), g))
timed("scikit-network", "leiden", lambda: int(Leiden(random_state=1).fit_predict(matrix).max()) + 1)
timed("networkit", "louvain", lambda: nk.community.Modularity().getQuality(run(nk.community.PLM(g, True)).getPartition(), g))
timed("networkit", "betweenness", lambda: max(run(nk.centrality.EstimateBetweenness(g, 100, False, True)).scores()))
sources = np.random.default_rng(1).choice(count, 100, replace=False).tolist()
timed("igraph", "betweenness", lambda: max(ig.betweenness(directed=False, sources=sources)))
