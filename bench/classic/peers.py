#!/usr/bin/env python3
"""Times igraph, NetworKit and scikit-network on an edge list, one line of JSON each: what `cargo run --example classic_bench` times
here. Seconds are the least of the repetitions, without reading the file, building the graph, and looking at the result. Where a system
has several ways, each has a line.
usage: peers.py EDGES.tsv [--threads N] [--weights] [--only NAME,..] [--reps R]
(pip install igraph networkit scikit-network numpy)     With --weights the file has a third column, and sssp is timed."""
import json, os, sys, time

option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
path, threads, weighted, repetitions = sys.argv[1], int(option("--threads", "2")), "--weights" in sys.argv, int(option("--reps", "3"))
only = option("--only", "").split(",") if "--only" in sys.argv else None
os.environ["OMP_NUM_THREADS"] = str(threads)
import numpy as np, igraph, networkit as nk
from scipy import sparse
from sknetwork.clustering import Leiden, Louvain, get_modularity
from sknetwork.path import get_distances
from sknetwork.ranking import PageRank
from sknetwork.topology import get_connected_components, get_core_decomposition

table = np.loadtxt(path, dtype=np.float64 if weighted else np.int64)
edges, weights = table[:, :2].astype(np.int64), table[:, 2] if weighted else None
count = int(edges.max()) + 1
nk.setNumberOfThreads(threads)


def timed(system, name, call, figure):
    """`call` is timed; `figure` of what it gives is not."""
    if only and name not in only:
        return
    seconds, busy, result = [], [], None
    for _ in range(repetitions):
        begun, before = time.perf_counter(), time.process_time()
        result = call()
        seconds.append(time.perf_counter() - begun)
        busy.append(time.process_time() - before)
        # What takes long takes long enough to be measured once or twice.
        if sum(seconds) > 60:
            break
    print(json.dumps({"system": system, "algorithm": name, "threads": threads, "seconds": round(min(seconds), 5), "cpu": round(min(busy), 5), "figure": figure(result)}), flush=True)


ig = igraph.Graph(n=count, edges=edges, directed=False)
g = nk.GraphFromCoo((weights if weighted else np.ones(len(edges)), (edges[:, 0], edges[:, 1])), n=count, weighted=weighted, directed=False)
g.indexEdges()
run = lambda algorithm: (algorithm.run(), algorithm)[1]
farthest = lambda distances: float(np.max(np.asarray(distances), initial=0, where=np.asarray(distances) < 1e300))
if weighted:
    ig.es["w"] = weights
    timed("igraph", "sssp", lambda: ig.distances(0, weights="w"), lambda d: farthest(d[0]))
    timed("networkit", "sssp", lambda: run(nk.distance.Dijkstra(g, 0, storePaths=False)), lambda a: farthest(a.getDistances()))
    sys.exit()
ones = np.ones(2 * len(edges), dtype=bool)
matrix = sparse.csr_matrix((ones, (np.concatenate([edges[:, 0], edges[:, 1]]), np.concatenate([edges[:, 1], edges[:, 0]]))), shape=(count, count))


def ranked():
    """As WendDB: it ends when all ranks together change by less than 1e-7. The default norm would end it some rounds earlier."""
    algorithm = nk.centrality.PageRank(g, 0.85, 1e-7)
    algorithm.norm = nk.centrality.Norm.L1_NORM
    return run(algorithm)


modularity = lambda partition: nk.community.Modularity().getQuality(partition, g)
timed("igraph", "pagerank", lambda: ig.pagerank(damping=0.85), max)
timed("networkit", "pagerank", ranked, lambda a: max(a.scores()))
timed("scikit-network", "pagerank", lambda: PageRank(damping_factor=0.85, solver="piteration", n_iter=100, tol=1e-7).fit_predict(matrix), lambda s: float(s.max()))
timed("igraph", "wcc", lambda: ig.connected_components(), len)
timed("networkit", "wcc", lambda: run(nk.components.ParallelConnectedComponents(g)), lambda a: a.numberOfComponents())
timed("networkit", "wcc", lambda: run(nk.components.ConnectedComponents(g)), lambda a: a.numberOfComponents())
timed("scikit-network", "wcc", lambda: get_connected_components(matrix), lambda c: int(c.max()) + 1)
timed("networkit", "triangles", lambda: run(nk.sparsification.TriangleEdgeScore(g)), lambda a: int(sum(a.scores()) // 3))
# scikit-network's count_triangles takes minutes on the smallest of the graphs.
timed("igraph", "lcc", lambda: ig.transitivity_local_undirected(mode="zero"), lambda c: float(np.mean(c)))
timed("networkit", "lcc", lambda: run(nk.centrality.LocalClusteringCoefficient(g, True)), lambda a: float(np.mean(a.scores())))
timed("igraph", "kcore", lambda: ig.coreness(), max)
timed("networkit", "kcore", lambda: run(nk.centrality.CoreDecomposition(g)), lambda a: int(a.maxCoreNumber()))
timed("networkit", "kcore", lambda: run(nk.centrality.CoreDecomposition(g, enforceBucketQueueAlgorithm=True)), lambda a: int(a.maxCoreNumber()))
timed("scikit-network", "kcore", lambda: get_core_decomposition(matrix), lambda c: int(c.max()))
timed("igraph", "bfs", lambda: ig.distances(0), lambda d: farthest(d[0]))
timed("networkit", "bfs", lambda: run(nk.distance.BFS(g, 0, storePaths=False)), lambda a: farthest(a.getDistances()))
timed("scikit-network", "bfs", lambda: get_distances(matrix, source=0), lambda d: int(d.max()))
timed("igraph", "leiden", lambda: ig.community_leiden("modularity", n_iterations=2), lambda c: ig.modularity(c))
timed("networkit", "leiden", lambda: run(nk.community.ParallelLeiden(g)), lambda a: modularity(a.getPartition()))
timed("scikit-network", "leiden", lambda: Leiden(random_state=1).fit_predict(matrix), lambda c: float(get_modularity(matrix, c)))
timed("igraph", "louvain", lambda: ig.community_multilevel(), lambda c: ig.modularity(c))
timed("networkit", "louvain", lambda: run(nk.community.PLM(g, False)), lambda a: modularity(a.getPartition()))
timed("scikit-network", "louvain", lambda: Louvain(random_state=1).fit_predict(matrix), lambda c: float(get_modularity(matrix, c)))
timed("networkit", "betweenness", lambda: run(nk.centrality.EstimateBetweenness(g, 100, False, True)), lambda a: max(a.scores()))
sources = np.random.default_rng(1).choice(count, 100, replace=False).tolist()
timed("igraph", "betweenness", lambda: ig.betweenness(directed=False, sources=sources), max)
