"""gqlalchemy: its class for Neo4j. Its mapper of objects writes numbers for ids into its texts, and an `_id` here is a text."""

from harness import AUTH, URI, has_types_of_indexes, main, run, scenario
from gqlalchemy import Neo4j, match
from gqlalchemy.models import Neo4jConstraintUnique
from gqlalchemy.vendors.neo4j import Neo4jIndex


def database():
    host, port = URI.removeprefix("bolt://").split(":")
    return Neo4j(host, int(port), *AUTH, encrypted=False)


@scenario
def queries():
    db = database()
    db.execute("CREATE (:Animal {name: 'cat'})-[:EATS {much: 1}]->(:Animal {name: 'mouse'})")
    rows = list(match(connection=db).node("Animal", variable="a").where(item="a.name", operator="=", literal="cat").return_("a").execute())
    assert rows[0]["a"]._properties["name"] == "cat", rows


@scenario(needs=has_types_of_indexes)
def indexes_and_constraints():
    db = database()
    db.create_index(Neo4jIndex("Animal", "name"))
    assert run("SHOW INDEXES YIELD name WHERE name <> '_id' RETURN count(*)")[0][0] == 1
    db.drop_indexes()
    db.create_constraint(Neo4jConstraintUnique("Animal", "name"))
    assert run("SHOW CONSTRAINTS YIELD name RETURN count(*)")[0][0] == 1


if __name__ == "__main__":
    main()
