#!/usr/bin/env python3
"""Compares classic algorithms with networkx, and leiden's modularity with leidenalg's on 20 graphs.
usage: oracle.py CLASSIC_BENCH     (the example's binary; pip install networkx igraph leidenalg numpy scipy)"""
import json, os, subprocess, sys, tempfile
import igraph, leidenalg, networkx as nx, numpy as np

binary, folder = sys.argv[1], tempfile.mkdtemp()


def ask(edges, algorithm, **parameters):
    path, column = os.path.join(folder, "edges.tsv"), os.path.join(folder, "column")
    with open(path, "w") as file:
        file.writelines("\t".join(str(x) for x in edge) + "\n" for edge in edges)
    options = [word for name, value in parameters.items() for word in ("--" + name, str(value))]
    line = subprocess.run([binary, path, algorithm, "--reps", "1", "--column", column, *options], capture_output=True, text=True, check=True)
    return json.loads(line.stdout), np.loadtxt(column)


def near(name, got, wanted, tolerance=1e-6):
    worst = float(np.max(np.abs(np.asarray(got) - np.asarray(wanted)))) if len(got) else 0.0
    print(f"{'ok   ' if worst <= tolerance else 'WRONG'} {name}: largest difference {worst:.2e}")


rng = np.random.default_rng(7)
n = 300
directed = sorted({(int(a), int(b)) for a, b in rng.integers(0, n, (1500, 2)) if a != b} | {(n - 2, n - 1)})
d = nx.DiGraph(); d.add_nodes_from(range(n)); d.add_edges_from(directed)
weights = rng.integers(1, 40, len(directed)) / 4
weighted = [(u, v, float(w)) for (u, v), w in zip(directed, weights)]
w = nx.DiGraph(); w.add_nodes_from(range(n)); w.add_weighted_edges_from(weighted)
und = sorted({(min(e), max(e)) for e in directed})
u = nx.Graph(); u.add_nodes_from(range(n)); u.add_edges_from(und)
values = lambda scores: [scores[v] for v in range(n)]

near("pagerank", ask(directed, "pagerank", tolerance=1e-13)[1], values(nx.pagerank(d, tol=1e-13, max_iter=1000)))
near("pagerank weighted", ask(weighted, "pagerank", tolerance=1e-13, weight="w")[1], values(nx.pagerank(w, tol=1e-13, max_iter=1000)))
near("pagerank from a source", ask(directed, "pagerank", tolerance=1e-13, sources="5")[1], values(nx.pagerank(d, personalization={5: 1}, tol=1e-13, max_iter=1000)))
near("eigenvector", ask(und, "eigenvector", orientation="undirected", tolerance=1e-10, maxIterations=5000)[1], values(nx.eigenvector_centrality_numpy(u)))
hub, authority = nx.hits(d, max_iter=10000, tol=1e-12)
near("hits", ask(directed, "hits", tolerance=1e-12, maxIterations=10000)[1], values(hub))
katz = np.array(values(nx.katz_centrality_numpy(d, alpha=0.05, normalized=False)))
near("katz", ask(directed, "katz", alpha=0.05, tolerance=1e-12)[1], katz, 1e-5)
near("closeness", ask(directed, "closeness", orientation="reverse")[1], values(nx.closeness_centrality(d)))
near("closeness weighted", ask(weighted, "closeness", orientation="reverse", weight="w")[1], values(nx.closeness_centrality(w, distance="weight")))
near("harmonic", ask(directed, "harmonic", orientation="reverse")[1], values(nx.harmonic_centrality(d)))
near("betweenness", ask(directed, "betweenness")[1], values(nx.betweenness_centrality(d, normalized=False)))
near("betweenness weighted", ask(weighted, "betweenness", weight="w")[1], values(nx.betweenness_centrality(w, weight="weight", normalized=False)))
near("kcore", ask(und, "kcore")[1], values(nx.core_number(u)))
near("triangles", ask(und, "triangles")[1], values(nx.triangles(u)))
near("lcc", ask(und, "lcc")[1], values(nx.clustering(u)))
near("wccs", [ask(directed, "wcc")[0]["groupCount"]], [nx.number_weakly_connected_components(d)])
def reached(distances):
    return [distance for _, distance in sorted(distances.items())]
near("bfs", ask(directed, "bfs", source="5")[1], reached(nx.single_source_shortest_path_length(d, 5)))
near("sssp", ask(weighted, "sssp", source="5", weight="w")[1], reached(nx.single_source_dijkstra_path_length(w, 5)))
near("bridges", [ask(und, "bridges")[0]["bridgeCount"]], [len(list(nx.bridges(u)))])
near("articulationpoints", [ask(und, "articulationpoints")[0]["articulationCount"]], [len(list(nx.articulation_points(u)))])
near("sccs", [ask(directed, "scc")[0]["groupCount"]], [nx.number_strongly_connected_components(d)])
near("maxflow", [ask(weighted, "maxflow", weight="w", source="5", target="9")[0]["maxFlow"]], [nx.maximum_flow_value(w, 5, 9, capacity="weight")])
near("mst", [ask([(a, b, float(x)) for (a, b), x in zip(und, weights)], "mst", weight="w")[0]["totalWeight"]],
     [sum(e[2]["w"] for e in nx.minimum_spanning_edges(nx.Graph([(a, b, {"w": float(x)}) for (a, b), x in zip(und, weights)]), weight="w"))])

for seed in range(20):
    kind = seed % 4
    size = 500 + 100 * seed
    if kind == 0:
        g = nx.barabasi_albert_graph(size, 4, seed=seed)
    elif kind == 1:
        g = nx.watts_strogatz_graph(size, 8, 0.1, seed=seed)
    elif kind == 2:
        g = nx.gnm_random_graph(size, 4 * size, seed=seed)
    else:
        g = nx.planted_partition_graph(20, size // 20, 0.4, 0.01, seed=seed)
    h = igraph.Graph(n=g.number_of_nodes(), edges=list(g.edges))
    theirs = max(leidenalg.find_partition(h, leidenalg.ModularityVertexPartition, seed=s).modularity for s in range(1))
    ours = ask(list(g.edges), "leiden")[0]
    difference = ours["modularity"] - theirs
    print(f"{'ok   ' if difference >= -0.001 else 'LESS '} leiden {seed}: {ours['modularity']:.5f}, leidenalg {theirs:.5f}, {difference:+.5f}, {ours['iterations']} iterations")
