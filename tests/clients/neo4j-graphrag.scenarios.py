"""neo4j-graphrag: schema, the writer of knowledge graphs, retrievers."""

import asyncio

from harness import AUTH, URI, has_fulltext_indexes, has_vector_indexes, main, run, scenario
from neo4j import GraphDatabase
from neo4j_graphrag.experimental.components.kg_writer import Neo4jWriter
from neo4j_graphrag.experimental.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship
from neo4j_graphrag.indexes import create_fulltext_index, create_vector_index, upsert_vectors
from neo4j_graphrag.llm import LLMInterface
from neo4j_graphrag.llm.types import LLMResponse
from neo4j_graphrag.retrievers import HybridRetriever, Text2CypherRetriever, VectorRetriever
from neo4j_graphrag.schema import get_schema, get_structured_schema
from neo4j_graphrag.types import EntityType

PEOPLE = "CREATE (:Person {name: 'Ann', age: 44})-[:KNOWS {since: 2001}]->(:Person {name: 'Bob', age: 30})"


class Says(LLMInterface):
    """A language model that says one thing."""

    def __init__(self, text):
        super().__init__(model_name="says")
        self.text = text

    def invoke(self, input, *args, **options):
        return LLMResponse(content=self.text)

    async def ainvoke(self, input, *args, **options):
        return self.invoke(input)


def driver():
    return GraphDatabase.driver(URI, auth=AUTH)


@scenario
def schema():
    run(PEOPLE)
    with driver() as connected:
        assert "(:Person)-[:KNOWS]->(:Person)" in get_schema(connected)
        assert get_structured_schema(connected, is_enhanced=True)["node_props"]["Person"]


@scenario
def text_to_cypher():
    run(PEOPLE)
    with driver() as connected:
        retriever = Text2CypherRetriever(connected, llm=Says("MATCH (p:Person) WHERE p.age > 40 RETURN p.name AS name"))
        assert "Ann" in retriever.search("Who is older than forty?").items[0].content
        writes = Text2CypherRetriever(connected, llm=Says("CREATE (:Evil)"))
        try:
            writes.search("Write.")
            raise SystemError("a read may not write")
        except SystemError:
            raise
        except Exception:
            assert run("MATCH (e:Evil) RETURN count(*)")[0][0] == 0


@scenario
def writing_a_knowledge_graph():
    graph = Neo4jGraph(
        nodes=[
            Neo4jNode(id="1", label="Person", properties={"name": "Ann"}, embedding_properties={"e": [1.0, 2.0]}),
            Neo4jNode(id="2", label="City", properties={"name": "Ulm"}),
        ],
        relationships=[Neo4jRelationship(start_node_id="1", end_node_id="2", type="LIVES_IN", properties={"since": 1})],
    )
    with driver() as connected:
        asyncio.run(Neo4jWriter(connected).run(graph))
    assert run("MATCH (p:Person)-[:LIVES_IN]->(c:City) RETURN size(p.e), c.name")[0].values() == [2, "Ulm"]


@scenario
def vectors_are_written():
    run(PEOPLE)
    ids = [record[0] for record in run("MATCH (p:Person) RETURN elementId(p) ORDER BY p.name")]
    with driver() as connected:
        upsert_vectors(connected, ids, "e", [[1.0, 0.0], [0.0, 1.0]], entity_type=EntityType.NODE)
    assert run("MATCH (p:Person {name: 'Ann'}) RETURN vector.similarity.cosine(p.e, [1.0, 0.0])")[0][0] == 1.0


@scenario(needs=has_vector_indexes)
def vectors():
    vectors_are_written()
    with driver() as connected:
        create_vector_index(connected, "people", "Person", "e", 2, "cosine")
        found = VectorRetriever(connected, "people").search(query_vector=[0.1, 0.9], top_k=1)
        assert "Bob" in found.items[0].content
        only = VectorRetriever(connected, "people").search(query_vector=[0.1, 0.9], top_k=2, filters={"age": {"$gt": 40}})
        assert len(only.items) == 1 and "Ann" in only.items[0].content


@scenario(needs=has_fulltext_indexes)
def hybrid_search():
    vectors_are_written()
    with driver() as connected:
        create_vector_index(connected, "people", "Person", "e", 2, "cosine")
        create_fulltext_index(connected, "names", "Person", ["name"])
        found = HybridRetriever(connected, "people", "names").search(query_text="Ann", query_vector=[1.0, 0.1], top_k=1)
        assert "Ann" in found.items[0].content


if __name__ == "__main__":
    main()
