"""langchain-neo4j: the schema, documents of a graph, vectors."""

from harness import AUTH, URI, has_fulltext_indexes, has_vector_indexes, main, run, scenario
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_neo4j import Neo4jGraph, Neo4jVector
from langchain_neo4j.graphs.graph_document import GraphDocument, Node, Relationship


class Letters(Embeddings):
    """A text as how often it has each of some letters."""

    def embed_query(self, text):
        return [text.lower().count(letter) + 0.01 for letter in "abcdefgh"]

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


def graph(**options):
    return Neo4jGraph(URI, *AUTH, **options)


def documents():
    ann, ulm = Node(id="Ann", type="Person", properties={"age": 44}), Node(id="Ulm", type="City")
    return [
        GraphDocument(
            nodes=[ann, ulm],
            relationships=[Relationship(source=ann, target=ulm, type="LIVES_IN", properties={"since": 2001})],
            source=Document(page_content="Ann lives in Ulm", metadata={"id": "doc"}),
        )
    ]


@scenario
def schema():
    run("CREATE (:Person {name: 'Ann', age: 44})-[:KNOWS {since: 2001}]->(:Person {name: 'Bob'})")
    store = graph()
    found = store.get_structured_schema
    assert {"property": "age", "type": "INTEGER"} in found["node_props"]["Person"], found
    assert found["rel_props"]["KNOWS"] == [{"property": "since", "type": "INTEGER"}], found
    assert found["relationships"] == [{"start": "Person", "type": "KNOWS", "end": "Person"}], found
    assert "(:Person)-[:KNOWS]->(:Person)" in store.schema


@scenario
def enhanced_schema():
    run("CREATE (:Person {name: 'Ann', age: 44})-[:KNOWS {since: 2001}]->(:Person {name: 'Bob'})")
    found = graph(enhanced_schema=True).get_structured_schema
    assert any(prop.get("values") == ["Ann", "Bob"] for prop in found["node_props"]["Person"]), found


@scenario
def queries():
    assert graph().query("RETURN $x + 1 AS y", {"x": 1}) == [{"y": 2}]


@scenario
def graph_documents():
    store = graph()
    store.add_graph_documents(documents(), include_source=True)
    store.add_graph_documents(documents(), include_source=True)
    assert run("MATCH (:Person {id: 'Ann'})-[r:LIVES_IN]->(:City {id: 'Ulm'}) RETURN r.since")[0][0] == 2001
    assert run("MATCH (n) RETURN count(*)")[0][0] == 3


@scenario
def graph_documents_under_a_base_label():
    store = graph()
    store.add_graph_documents(documents(), include_source=True, baseEntityLabel=True)
    store.add_graph_documents(documents(), include_source=True, baseEntityLabel=True)
    assert run("MATCH (p:Person&__Entity__)-[:LIVES_IN]->(c) RETURN count(*)")[0][0] == 1
    store.refresh_schema()
    assert "LIVES_IN" in store.schema


@scenario(needs=has_vector_indexes)
def vectors():
    store = Neo4jVector.from_texts(["a bad bag", "feed the eggs", "hhh"], Letters(), url=URI, username=AUTH[0], password=AUTH[1])
    assert store.similarity_search("feeds", k=1)[0].page_content == "feed the eggs"


@scenario(needs=has_fulltext_indexes)
def hybrid_search():
    store = Neo4jVector.from_texts(
        ["a bad bag", "feed the eggs", "hhh"], Letters(), url=URI, username=AUTH[0], password=AUTH[1], search_type="hybrid"
    )
    assert store.similarity_search("eggs", k=1)[0].page_content == "feed the eggs"


if __name__ == "__main__":
    main()
