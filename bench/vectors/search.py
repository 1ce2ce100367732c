#!/usr/bin/env python3
"""Searches in vector indexes beside FAISS, on vectors that the product itself makes, on one thread.

usage: bench/vectors/search.py DIRECTORY [--wend BINARY] [--nodes 100000] [--method projection] [--queries 200]
A graph with planted blocks of 100 nodes and about ten edges a node is imported, embedded (algo.node2vec, 128 numbers) and served. The
queries are the vectors of nodes spread over the graph. Each line is the median time of a search of the ten nearest, for WendDB through
the driver over Bolt (a search of one row is timed beside it, to see what the connection takes), and its recall against exact search
by numpy. Filters keep the nodes with `g` below a bound. FAISS: flat scan, inverted lists, HNSW; USearch: HNSW; build times on all cores.
Needs numpy, neo4j, faiss-cpu and usearch from PyPI."""
import argparse, pathlib, statistics, subprocess, time

import numpy as np

K = 10


def make(directory, nodes):
    draw = np.random.default_rng(7)
    edges = nodes * 5
    source = draw.integers(0, nodes, edges)
    inside = draw.random(edges) < 0.8
    target = np.where(inside, source // 100 * 100 + draw.integers(0, 100, edges), draw.integers(0, nodes, edges)) % nodes
    group = draw.integers(0, 1000, nodes)
    with open(directory / "nodes.csv", "w") as out:
        out.write("_id,g:INT,i:INT\n")
        out.writelines(f"n{i},{g},{i}\n" for i, g in enumerate(group))
    with open(directory / "edges.csv", "w") as out:
        out.write("_from,_to\n")
        out.writelines(f"n{a},n{b}\n" for a, b in zip(source, target))
    return group


def timed(search, queries):
    found, times = [], []
    for query in queries:
        began = time.perf_counter()
        found.append(search(query))
        times.append(time.perf_counter() - began)
    return found, statistics.median(times) * 1000


def recall(found, exact):
    return np.mean([len(set(map(int, a[:K])) & set(map(int, b[:K]))) / max(1, min(K, len(b))) for a, b in zip(found, exact)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--wend", default="wend")
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--method", default="projection")
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    where = given.directory.resolve()
    where.mkdir(parents=True, exist_ok=True)
    database, matrix = where / "bench.wend", where / "vectors.npy"
    group = make(where, given.nodes)

    def shell(*arguments):
        began = time.perf_counter()
        subprocess.run([given.wend, *map(str, arguments)], check=True, cwd=where, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    if not database.exists():
        shell("import", database, "--nodes", f"P={where / 'nodes.csv'}", "--edges", f"E={where / 'edges.csv'}")
        call = f"CALL algo.node2vec.write({{dimensions: 128, method: '{given.method}'}}, {{db: {{property: 'e'}}}})"
        print(f"embedding: {shell(database, '-c', call):.1f} s")
    if not matrix.exists():
        shell(database, "-c", f"COPY (MATCH (n:P) RETURN n.e ORDER BY n.i) TO '{matrix.name}'")
    vectors = np.load(matrix)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    # A node without edges has a vector of zeros, which is near nothing.
    places = np.nonzero(np.linalg.norm(vectors, axis=1) > 0)[0]
    places = places[np.linspace(0, len(places) - 1, given.queries).astype(int)]

    def exact(keep):
        which = np.nonzero(keep)[0]
        found = []
        for block in np.array_split(places, max(1, len(places) // 25)):
            scores = unit[block] @ unit[which].T
            best = np.argpartition(-scores, min(K, len(which) - 1), axis=1)[:, :K] if len(which) > K else None
            for row, score in enumerate(scores):
                chosen = best[row] if best is not None else np.arange(len(which))
                found.append(which[chosen[np.argsort(-score[chosen], kind="stable")]])
        return found

    everything = exact(np.ones(given.nodes, bool))

    # WendDB
    from neo4j import GraphDatabase
    server = subprocess.Popen([given.wend, "serve", str(database), "--no-auth", "--listen", "127.0.0.1:17999"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        driver = GraphDatabase.driver("bolt://127.0.0.1:17999", auth=None)
        for _ in range(100):
            try:
                driver.verify_connectivity()
                break
            except Exception:
                time.sleep(0.1)
        with driver.session() as session:
            def rows(text, query):
                return [row[0] for row in session.run(text, q=vectors[query].tolist())]

            ordered = f"MATCH (b:P) RETURN b.i ORDER BY cosine_similarity(b.e, $q) DESC LIMIT {K}"
            _, base = timed(lambda q: rows("MATCH (n:P {_id: 'n0'}) RETURN n.i ORDER BY size($q)", q), places[:50])
            for _ in range(4):
                rows(ordered, places[0])
            found, milliseconds = timed(lambda q: rows(ordered, q), places[:50])
            print(f"one row over the driver           {base:8.2f} ms")
            print(f"WendDB exact, ORDER BY            {milliseconds:8.2f} ms   recall {recall(found, everything[:50]):.4f}")
            session.run("DROP INDEX people IF EXISTS").consume()
            began = time.perf_counter()
            session.run("CREATE VECTOR INDEX people FOR (n:P) ON (n.e)").consume()
            built = time.perf_counter() - began
            lists = session.run("SHOW VECTOR INDEXES YIELD lists").single()[0]
            search = f"MATCH (b:P) SEARCH b IN (VECTOR INDEX people FOR $q LIMIT {K}) RETURN b.i"
            timed(lambda q: rows(search, q), places)
            found, milliseconds = timed(lambda q: rows(search, q), places)
            print(f"WendDB SEARCH, {lists:5} lists        {milliseconds:8.2f} ms   recall {recall(found, everything):.4f}   built in {built:.1f} s")
            call = f"CALL db.index.vector.queryNodes('people', {K}, $q) YIELD node RETURN node.i"
            found, milliseconds = timed(lambda q: rows(call, q), places)
            print(f"WendDB queryNodes                 {milliseconds:8.2f} ms   recall {recall(found, everything):.4f}")
            for bound in (500, 100, 10, 1):
                keep = group < bound
                kept = exact(keep)
                with_filter = f"MATCH (b:P WHERE b.g < {bound}) SEARCH b IN (VECTOR INDEX people FOR $q LIMIT {K}) RETURN b.i"
                subset = f"MATCH (b:P WHERE b.g < {bound}) RETURN b.i ORDER BY cosine_similarity(b.e, $q) DESC LIMIT {K}"
                for _ in range(3):
                    rows(subset, places[0]), rows(with_filter, places[0])
                plan = session.run("EXPLAIN " + with_filter, q=vectors[0].tolist()).consume().plan
                lists = "lists" if "VectorLists" in str(plan) else "exact"
                found, milliseconds = timed(lambda q: rows(with_filter, q), places)
                _, of_subset = timed(lambda q: rows(subset, q), places[:40])
                fewest = min(map(len, found))
                print(f"  filter {bound / 10:5.1f} %, {lists}            {milliseconds:8.2f} ms   recall {recall(found, kept):.4f}   fewest rows {fewest}"
                      f"   exact on the subset {of_subset:.2f} ms")
            session.run("MATCH (n:P {_id: 'n1'}) SET n.x = 1").consume()
            commits = [timed(lambda q: session.run("MATCH (n:P {_id: $id}) SET n.e = VECTOR($q)", id=f"n{q}", q=vectors[q].tolist()).consume(), places)[1]]
            session.run("DROP INDEX people").consume()
            commits.append(timed(lambda q: session.run("MATCH (n:P {_id: $id}) SET n.e = VECTOR($q)", id=f"n{q}", q=vectors[q].tolist()).consume(), places)[1])
            print(f"a commit of one vector: {commits[0]:.2f} ms with the index, {commits[1]:.2f} ms without")
        driver.close()
    finally:
        server.terminate()
        server.wait()

    import faiss
    width = unit.shape[1]

    def peer(name, index, set_up=None):
        faiss.omp_set_num_threads(2)
        began = time.perf_counter()
        if not index.is_trained:
            index.train(unit)
        index.add(unit)
        built = time.perf_counter() - began
        faiss.omp_set_num_threads(1)
        if set_up:
            set_up(index)
        found, milliseconds = timed(lambda q: index.search(unit[q:q + 1], K)[1][0], places)
        print(f"{name:33} {milliseconds:8.2f} ms   recall {recall(found, everything):.4f}   built in {built:.1f} s")

    peer("FAISS flat", faiss.IndexFlatIP(width))
    quantiser = faiss.IndexFlatIP(width)
    peer("FAISS IVF, nprobe 16", faiss.IndexIVFFlat(quantiser, width, int(given.nodes ** 0.5), faiss.METRIC_INNER_PRODUCT),
         lambda index: setattr(index, "nprobe", 16))
    hnsw = faiss.IndexHNSWFlat(width, 16, faiss.METRIC_INNER_PRODUCT)
    hnsw.hnsw.efConstruction = 200
    peer("FAISS HNSW 16, ef 64", hnsw, lambda index: setattr(index.hnsw, "efSearch", 64))

    from usearch.index import Index
    graph = Index(ndim=width, metric="cos", dtype="f32")
    began = time.perf_counter()
    graph.add(np.arange(given.nodes), unit, threads=2)
    built = time.perf_counter() - began
    found, milliseconds = timed(lambda q: graph.search(unit[q], K, threads=1).keys, places)
    print(f"{'USearch, its defaults':33} {milliseconds:8.2f} ms   recall {recall(found, everything):.4f}   built in {built:.1f} s")


if __name__ == "__main__":
    main()
