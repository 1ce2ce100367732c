"""graphdatascience: projections, algorithms in their modes, properties."""

from harness import AUTH, URI, main, run, scenario
from graphdatascience import GraphDataScience

TWO_GROUPS = """
UNWIND [['a', 'b'], ['b', 'c'], ['c', 'a'], ['d', 'e'], ['e', 'f'], ['f', 'd'], ['a', 'd']] AS pair
MERGE (x:Person {name: pair[0]}) MERGE (y:Person {name: pair[1]}) CREATE (x)-[:KNOWS {w: 1.5}]->(y)
"""


def connected():
    run(TWO_GROUPS)
    gds = GraphDataScience(URI, auth=AUTH)
    gds.set_database("default")
    for graph in gds.graph.list():
        gds.graph.drop(graph.graph_name)
    return gds


def projected(gds):
    return gds.graph.project.native("people", "Person", {"KNOWS": {"orientation": "UNDIRECTED", "properties": "w"}}).graph


@scenario
def version():
    assert str(connected().server_version()) == "2.13.0"


@scenario
def projections():
    gds = connected()
    graph, result = gds.graph.project.native("people", "Person", "KNOWS")
    assert (result.node_count, result.relationship_count) == (6, 7) and gds.graph.exists("people")
    assert graph.node_count() == 6 and graph.relationship_count() == 7
    assert [info.graph_name for info in gds.graph.list()] == ["people"]
    assert graph.degree_distribution()["max"] == 2
    gds.graph.drop("people")
    assert not gds.graph.list()


@scenario
def communities():
    gds = connected()
    graph = projected(gds)
    groups = gds.louvain.stream(graph)
    assert groups["communityId"].nunique() == 2 and len(groups) == 6
    stats = gds.louvain.stats(graph)
    assert stats.community_count == 2 and stats.modularity > 0.3
    assert gds.leiden.write(graph, "group").node_properties_written == 6
    assert run("MATCH (p:Person) RETURN count(DISTINCT p.group)")[0][0] == 2
    assert gds.wcc.stats(graph).component_count == 1


@scenario
def ranks():
    gds = connected()
    graph = projected(gds)
    scores = gds.page_rank.stream(graph)
    assert list(scores.columns) == ["nodeId", "score"]
    best = gds.util.as_node(int(scores.loc[scores["score"].idxmax(), "nodeId"]))
    assert best["name"] in "ad", best
    assert gds.page_rank.write(graph, "rank").centrality_distribution["max"] > 0
    assert run("MATCH (p:Person) RETURN count(p.rank)")[0][0] == 6


@scenario
def embeddings():
    gds = connected()
    graph = projected(gds)
    vectors = gds.node2vec.stream(graph, embedding_dimension=16, random_seed=7)
    assert len(vectors["embedding"].iloc[0]) == 16
    assert gds.node2vec.write(graph, "e", embedding_dimension=16).node_properties_written == 6
    assert run("MATCH (p:Person) RETURN DISTINCT size(p.e)")[0][0] == 16
    assert gds.fast_rp.stats(graph, embedding_dimension=8).node_count == 6


@scenario
def neighbours():
    gds = connected()
    graph = projected(gds)
    assert gds.fast_rp.mutate(graph, "e", embedding_dimension=16, random_seed=1).node_properties_written == 6
    assert "e" in graph.node_properties()["Person"]
    near = gds.knn.stream(graph, node_properties="e", top_k=2)
    assert list(near.columns) == ["node1", "node2", "similarity"] and len(near) == 12
    assert gds.knn.write(graph, "NEAR", "score", node_properties="e", top_k=1).relationships_written == 6
    assert run("MATCH ()-[n:NEAR]->() RETURN count(n.score)")[0][0] == 6
    assert gds.node_similarity.mutate(graph, "ALIKE", "score").relationships_written > 0
    assert gds.graph.node_properties.stream(graph, "e").shape[0] == 6
    assert gds.graph.node_properties.write(graph, "e").properties_written == 6
    assert run("MATCH (p:Person) RETURN count(p.e)")[0][0] == 6


@scenario
def estimates():
    gds = connected()
    graph = projected(gds)
    estimate = gds.page_rank.estimate(graph)
    assert estimate.bytes_min > 0 and estimate.node_count == 6
    assert gds.list_progress() == []


if __name__ == "__main__":
    main()
