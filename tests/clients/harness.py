"""Runs the scenarios of a client, each on an empty graph; one line per scenario: name, tab, ok or what went wrong.

usage: NAME.py URI USER PASSWORD
"""

import sys
import traceback
import warnings

from neo4j import GraphDatabase
from neo4j.exceptions import Neo4jError

warnings.simplefilter("ignore")
URI, USER, PASSWORD = sys.argv[1:4]
AUTH = (USER, PASSWORD)
SCENARIOS = []


def scenario(function=None, *, needs=None):
    """A scenario; `needs` names what of the server it asks for, and what asks whether the server has it."""
    if function is None:
        return lambda function: scenario(function, needs=needs)
    SCENARIOS.append((function, needs))
    return function


def has_vector_indexes(session):
    return has(session, "CREATE VECTOR INDEX asked FOR (n:Asked) ON (n.v) OPTIONS "
                        "{indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}")


def has_fulltext_indexes(session):
    return has(session, "CREATE FULLTEXT INDEX asked FOR (n:Asked) ON EACH [n.t]")


def has_types_of_indexes(session):
    try:
        session.run("SHOW INDEXES YIELD name, type").consume()
    except Neo4jError:
        return False
    return True


def has(session, statement):
    try:
        session.run(statement).consume()
    except Neo4jError:
        return False
    session.run("DROP INDEX asked").consume()
    return True


def empty(session):
    session.run("MATCH (n) DETACH DELETE n").consume()
    for record in session.run("SHOW CONSTRAINTS YIELD name").data():
        session.run(f"DROP CONSTRAINT `{record['name']}`").consume()
    for record in session.run("SHOW INDEXES YIELD name").data():
        if record["name"] != "_id":
            session.run(f"DROP INDEX `{record['name']}` IF EXISTS").consume()


def main():
    status = 0
    with GraphDatabase.driver(URI, auth=AUTH) as driver:
        for function, needs in SCENARIOS:
            with driver.session() as session:
                empty(session)
                if needs and not needs(session):
                    print(f"{function.__name__}\twaits for {needs.__name__.removeprefix('has_').replace('_', ' ')}", flush=True)
                    continue
            try:
                function()
                outcome = "ok"
            except Exception as error:
                traceback.print_exc()
                outcome = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]
                status = 1
            print(f"{function.__name__}\t{outcome}", flush=True)
        with driver.session() as session:
            empty(session)
    sys.exit(status)


def run(statement, **parameters):
    with GraphDatabase.driver(URI, auth=AUTH) as driver:
        return driver.execute_query(statement, parameters).records
