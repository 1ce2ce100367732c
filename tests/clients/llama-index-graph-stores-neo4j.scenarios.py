"""llama-index-graph-stores-neo4j: the property graph store."""

from harness import AUTH, URI, has_vector_indexes, main, run, scenario
from llama_index.core.graph_stores.types import EntityNode, Relation
from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.graph_stores.neo4j import Neo4jPropertyGraphStore


def store(**options):
    return Neo4jPropertyGraphStore(*AUTH, url=URI, **options)


def fill(graph):
    ann = EntityNode(name="Ann", label="Person", properties={"age": 44, "nothing": None}, embedding=[1.0, 0.0])
    ulm = EntityNode(name="Ulm", label="City", embedding=[0.0, 1.0])
    graph.upsert_nodes([ann, ulm])
    graph.upsert_relations([Relation(source_id=ann.id, target_id=ulm.id, label="LIVES_IN", properties={"since": 2001})])
    return ann, ulm


@scenario
def nodes_and_relations():
    graph = store(create_indexes=False, refresh_schema=False)
    ann, _ = fill(graph)
    fill(graph)
    assert [node.label for node in graph.get(properties={"age": 44})] == ["Person"]
    triplets = graph.get_triplets(entity_names=["Ann"])
    assert [(a.name, relation.label, b.name) for a, relation, b in triplets] == [("Ann", "LIVES_IN", "Ulm")], triplets
    assert run("MATCH (n:__Entity__) RETURN count(*)")[0][0] == 2
    rels = graph.get_rel_map(graph.get(ids=[ann.id]), depth=2)
    assert [relation.label for _, relation, _ in rels] == ["LIVES_IN"], rels
    graph.delete(entity_names=["Ulm"])
    assert run("MATCH (n:__Entity__) RETURN count(*)")[0][0] == 1


@scenario
def schema():
    graph = store(create_indexes=False)
    fill(graph)
    graph.refresh_schema()
    found = graph.get_schema()
    assert {"start": "Person", "type": "LIVES_IN", "end": "City"} in found["relationships"], found
    assert "LIVES_IN" in graph.get_schema_str()


@scenario(needs=has_vector_indexes)
def vectors():
    graph = store()
    fill(graph)
    nodes, scores = graph.vector_query(VectorStoreQuery(query_embedding=[0.9, 0.1], similarity_top_k=1))
    assert [node.name for node in nodes] == ["Ann"] and 0.9 < scores[0] <= 1.0


if __name__ == "__main__":
    main()
