"""The client of the Python package `mcp` against `wend mcp` and `POST /mcp`.

usage: python tests/mcp/client.py WEND
"""
import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

import httpx2
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

WEND = os.path.abspath(sys.argv[1])
passed = 0


def check(condition, what):
    global passed
    assert condition, what
    passed += 1


def text(result):
    return result.content[0].text


def is_error(result):
    return bool(getattr(result, "is_error", None) or getattr(result, "isError", None))


async def scenario(session, writes):
    """What every transport has to do."""
    first = await session.initialize()
    version = getattr(first, "protocol_version", None) or first.protocolVersion
    check(version == "2025-06-18", version)
    tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    names = {"schema", "query", "similar", "run_algorithm", "describe", "examples"} | ({"write"} if writes else set())
    check(set(tools) == names, sorted(tools))

    async def call(tool, /, **arguments):
        return await session.call_tool(tool, arguments)

    check("(:Person)-[:KNOWS]->(:Person) 300" in text(await call("schema")), "schema")
    rows = json.loads(text(await call("query", gql="MATCH (p:Person) WHERE p.i < $i RETURN p.i AS i ORDER BY i", params={"i": 2})))
    check(rows["columns"] == ["i"] and rows["rows"] == [[0], [1]], rows)
    wrong = await call("query", gql="MATCH (p:Person RETURN p")
    check(is_error(wrong) and text(wrong).startswith("error 42001: "), text(wrong))
    refused = await call("query", gql="INSERT (:Evil)")
    check(is_error(refused), text(refused))
    check("walkLength" in text(await call("describe", name="node2vec")), "describe")
    check("```gql" in text(await call("examples", topic="patterns")), "examples")

    told = []

    async def progress(done, total, message):
        told.append((done, total, message))

    arguments = {"name": "node2vec", "params": {"dimensions": 64, "walksPerNode": 200}, "mode": "stats"}
    stats = await session.call_tool("run_algorithm", arguments, progress_callback=progress)
    check("nodeCount" in text(stats) and told and all(total == 100 for _, total, _ in told), (text(stats), told))
    check([done for done, *_ in told] == sorted(done for done, *_ in told), told)
    if writes:
        added = json.loads(text(await call("write", gql="INSERT (:Note {_id: 'n1'})")))
        check(added["changes"] == {"nodesInserted": 1, "labelsAdded": 1}, added)
        await call("write", gql="MATCH (n:Note) DELETE n")
        done = json.loads(text(await call("run_algorithm", name="node2vec", params={"dimensions": 8}, write_to="e")))
        check(done["rows"][0][1] == 300, done)
    near = json.loads(text(await call("similar", label="Person", property="e", node="p0", k=3, where="n.i > 100")))
    check(len(near["rows"]) == 3 and all(row[1]["properties"]["e"] == "<vector 8>" for row in near["rows"]), near)


async def over_stdio(path, writes):
    arguments = ["mcp", path] + (["--allow-write"] if writes else [])
    async with stdio_client(StdioServerParameters(command=WEND, args=arguments)) as (read, write, *_):
        async with ClientSession(read, write) as session:
            await scenario(session, writes)


async def over_http(address, password, writes):
    login = base64.b64encode(f"wend:{password}".encode()).decode()
    async with httpx2.AsyncClient(headers={"Authorization": f"Basic {login}"}, timeout=60) as client:
        async with streamable_http_client(f"http://{address}/mcp", http_client=client) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await scenario(session, writes)


def serve(path, *flags):
    command = [WEND, "serve", path, "--listen", "127.0.0.1:0", *flags]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    password = None
    for line in server.stderr:
        password = (re.search(r"the password (\S+)", line) or [None, password])[1]
        if found := re.search(r" at bolt://([^,]+)", line):
            return server, found[1], password
    raise SystemExit("the server did not start")


with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "people.wend")
    fill = """
        FOR i IN RANGE(0, 299) INSERT (:Person {_id: 'p' || CAST(i AS STRING), i: i});
        MATCH (a:Person), (b:Person) FILTER b.i = (a.i * 7 + 1) % 300 INSERT (a)-[:KNOWS]->(b)
    """
    subprocess.run([WEND, path, "-c", fill], check=True)
    asyncio.run(over_stdio(path, True))
    asyncio.run(over_stdio(path, False))
    server, address, password = serve(path)
    ping = [WEND, "ping", f"wend://{address}"]
    check(subprocess.run(ping, capture_output=True).returncode == 0, "ping")
    try:
        asyncio.run(over_http(address, password, False))
    finally:
        server.terminate()
        server.wait()
    check(subprocess.run(ping, capture_output=True).returncode == 1, "ping after the end")
    server, address, _ = serve(path, "--mcp-allow-write")
    try:
        asyncio.run(over_http(address, password, True))
    finally:
        server.terminate()
        server.wait()
print(f"mcp: {passed} passed, 0 failed")
