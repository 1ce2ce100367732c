"""mcp-neo4j-cypher: the tools of its server, read-only and not."""

import asyncio
import json

from fastmcp import Client
from fastmcp.exceptions import ToolError
from harness import AUTH, URI, main, run, scenario
from mcp_neo4j_cypher.server import create_mcp_server
from neo4j import AsyncGraphDatabase


def call(tool, arguments, read_only=False):
    """What a tool says."""

    async def ask():
        async with AsyncGraphDatabase.driver(URI, auth=AUTH) as driver:
            async with Client(create_mcp_server(driver, database="neo4j", read_only=read_only)) as client:
                return (await client.call_tool(tool, arguments)).content[0].text

    return asyncio.run(ask())


@scenario
def schema():
    run("CREATE (:Person {name: 'Ann'})-[:KNOWS {since: 2001}]->(:Person {name: 'Bob'})")
    found = json.loads(call("get_neo4j_schema", {}))
    assert found["Person"]["properties"]["name"]["type"] == "STRING", found
    assert found["Person"]["relationships"]["KNOWS"]["direction"] == "out", found


@scenario
def reading():
    assert json.loads(call("read_neo4j_cypher", {"query": "RETURN $x AS x", "params": {"x": 1}})) == [{"x": 1}]


@scenario
def writing():
    call("write_neo4j_cypher", {"query": "CREATE (:Person {name: $name})", "params": {"name": "Ann"}})
    assert run("MATCH (p:Person) RETURN count(*)")[0][0] == 1


@scenario
def reading_cannot_write():
    for statement in [
        "CREATE (:Evil)",
        "INSERT (:Evil)",
        "MATCH (n) SET n.evil = 1",
        "CALL apoc.merge.node(['Evil'], {id: 1}) YIELD node RETURN node",
        "CALL algo.pagerank.write({}, {db: {property: 'evil'}})",
        "UNWIND [1] AS x CALL (x) { CREATE (:Evil {x: x}) } RETURN x",
    ]:
        for read_only in [True, False]:
            try:
                call("read_neo4j_cypher", {"query": statement}, read_only)
                raise AssertionError(f"it was run: {statement}")
            except ToolError:
                pass
    assert run("MATCH (n) RETURN count(*)")[0][0] == 0


if __name__ == "__main__":
    main()
