#!/usr/bin/env python3
"""Times igraph and NetworKit on an edge list, one line of JSON each: what `cargo run --example classic_bench` times here.
usage: peers.py EDGES.tsv [--threads N] [--weights] [--only NAME,..]     (pip install igraph networkit numpy)
With --weights the file has a third column."""
import json, sys, time
import numpy as np, igraph, networkit as nk

path = sys.argv[1]
option = lambda name, default: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
threads, weighted = int(option("--threads", "2")), "--weights" in sys.argv
only = option("--only", "").split(",") if "--only" in sys.argv else None
table = np.loadtxt(path, dtype=np.float64 if weighted else np.int64)
edges, weights = table[:, :2].astype(np.int64), table[:, 2] if weighted else None
count = int(edges.max()) + 1
nk.setNumberOfThreads(threads)


def timed(system, name, call, reps=3):
    if only and name not in only:
        return
    best, figure = float("inf"), None
    for _ in range(reps):
        begun = time.perf_counter()
        figure = call()
        best = min(best, time.perf_counter() - begun)
    print(json.dumps({"system": system, "algorithm": name, "threads": threads, "seconds": round(best, 4), "figure": figure}), flush=True)


ig = igraph.Graph(n=count, edges=edges, directed=False)
g = nk.Graph(count, weighted=weighted, directed=False)
for i, (u, v) in enumerate(edges.tolist()):
    g.addEdge(u, v, weights[i]) if weighted else g.addEdge(u, v)
g.indexEdges()
run = lambda algorithm: (algorithm.run(), algorithm)[1]
if weighted:
    ig.es["w"] = weights
    timed("igraph", "sssp", lambda: float(max(d for d in ig.distances(0, weights="w")[0] if d < float("inf"))))
    timed("networkit", "sssp", lambda: float(max(d for d in run(nk.distance.Dijkstra(g, 0, storePaths=False)).getDistances() if d < 1e300)))
    sys.exit()
timed("igraph", "pagerank", lambda: max(ig.pagerank(damping=0.85)))
timed("networkit", "pagerank", lambda: max(run(nk.centrality.PageRank(g, 0.85, 1e-7)).scores()))
timed("igraph", "wcc", lambda: len(ig.connected_components()))
timed("networkit", "wcc", lambda: run(nk.components.ParallelConnectedComponents(g)).numberOfComponents())
timed("networkit", "triangles", lambda: sum(run(nk.sparsification.TriangleEdgeScore(g)).scores()) / 3)
timed("igraph", "lcc", lambda: ig.transitivity_avglocal_undirected(mode="zero"))
timed("networkit", "lcc", lambda: float(np.mean(run(nk.centrality.LocalClusteringCoefficient(g, True)).scores())))
timed("igraph", "kcore", lambda: max(ig.coreness()))
timed("networkit", "kcore", lambda: run(nk.centrality.CoreDecomposition(g)).maxCoreNumber())
timed("igraph", "bfs", lambda: int(max(d for d in ig.distances(0)[0] if d < float("inf"))))
timed("networkit", "bfs", lambda: int(max(d for d in run(nk.distance.BFS(g, 0, storePaths=False)).getDistances() if d < 1e300)))
timed("igraph", "leiden", lambda: ig.modularity(ig.community_leiden("modularity", n_iterations=2)), 1)
timed("networkit", "leiden", lambda: nk.community.Modularity().getQuality(run(nk.community.ParallelLeiden(g)).getPartition(), g), 1)
timed("networkit", "louvain", lambda: nk.community.Modularity().getQuality(run(nk.community.PLM(g, True)).getPartition(), g), 1)
timed("networkit", "betweenness", lambda: max(run(nk.centrality.EstimateBetweenness(g, 100, False, True)).scores()), 1)
sources = np.random.default_rng(1).choice(count, 100, replace=False).tolist()
timed("igraph", "betweenness", lambda: max(ig.betweenness(directed=False, sources=sources)), 1)
