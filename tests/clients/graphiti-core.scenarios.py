"""graphiti-core: its nodes and edges; its indexes need full text."""

import asyncio
from datetime import datetime, timezone

from graphiti_core.driver.neo4j_driver import Neo4jDriver
from graphiti_core.edges import EntityEdge
from graphiti_core.nodes import EntityNode, EpisodeType, EpisodicNode
from harness import AUTH, URI, has_fulltext_indexes, main, run, scenario

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


def with_driver(work):
    async def do():
        driver = Neo4jDriver(URI, *AUTH)
        try:
            return await work(driver)
        finally:
            await driver.close()

    return asyncio.run(do())


def entity(name):
    return EntityNode(name=name, group_id="g", labels=["Person"], summary=f"{name}.", created_at=NOW, name_embedding=[1.0, 2.0])


async def fill(driver):
    ann, bob = entity("Ann"), entity("Bob")
    for node in (ann, bob):
        await node.save(driver)
        await node.save(driver)
    edge = EntityEdge(
        group_id="g",
        source_node_uuid=ann.uuid,
        target_node_uuid=bob.uuid,
        created_at=NOW,
        name="KNOWS",
        fact="Ann knows Bob",
        fact_embedding=[0.5, 0.5],
    )
    await edge.save(driver)
    return ann, bob, edge


@scenario
def range_indexes():
    from graphiti_core.driver.driver import GraphProvider
    from graphiti_core.graph_queries import get_range_indices

    for statement in get_range_indices(GraphProvider.NEO4J):
        run(statement)
        run(statement)


@scenario
def nodes_and_edges():
    async def work(driver):
        ann, bob, edge = await fill(driver)
        assert (await EntityNode.get_by_uuid(driver, ann.uuid)).name == "Ann"
        assert {node.name for node in await EntityNode.get_by_group_ids(driver, ["g"])} == {"Ann", "Bob"}
        assert (await EntityEdge.get_by_uuid(driver, edge.uuid)).fact == "Ann knows Bob"
        await edge.delete(driver)
        await bob.delete(driver)

    with_driver(work)
    assert run("MATCH (n:Entity:Person) RETURN count(*)")[0][0] == 1


@scenario
def episodes():
    async def work(driver):
        episode = EpisodicNode(
            name="talk",
            group_id="g",
            source=EpisodeType.message,
            source_description="a talk",
            content="Ann knows Bob",
            created_at=NOW,
            valid_at=NOW,
        )
        await episode.save(driver)
        assert (await EpisodicNode.get_by_uuid(driver, episode.uuid)).content == "Ann knows Bob"

    with_driver(work)


@scenario(needs=has_fulltext_indexes)
def all_indexes():
    with_driver(lambda driver: driver.build_indices_and_constraints())


if __name__ == "__main__":
    main()
