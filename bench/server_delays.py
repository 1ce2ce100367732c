"""What a client waits for that is not its statement's work: a RESET while a statement runs, and the refusal of a login by the name
of nobody and by a wrong password, which should not tell the two apart.

usage: server_delays.py HOST:PORT USER PASSWORD    with the Python driver neo4j; an administrator
Prints milliseconds. Half the pairs of a wrong name and a wrong password, in turns, should have the longer time with either.
"""

import sys
import time

from bolt import BEGIN, FAILURE, IGNORED, LOGON, PULL, RESET, RUN, SUCCESS, Bolt
from neo4j import GraphDatabase

address, user, password = sys.argv[1:4]
RUNS, LOGINS = 10, 300
STATEMENTS = {
    "node2vec": "CALL algo.node2vec.stats({nodeLabels: ['Delay'], walksPerNode: 1000000})",
    "node2vec, skipgram": "CALL algo.node2vec.stats({nodeLabels: ['Delay'], method: 'skipgram', epochs: 10000, walksPerNode: 100})",
    "node2vec, spectral": "CALL algo.node2vec.stats({nodeLabels: ['Delay'], method: 'spectral', walksPerNode: 5000})",
    "gnn_embed": "CALL algo.gnn_embed.stats({nodeLabels: ['Delay'], epochs: 1000000, patience: 0})",
    "joins": "MATCH (a:Delay), (b:Delay), (c:Delay) RETURN SUM(a.i * b.i + c.i)",
    "a sort": "MATCH (a:Delay), (b:Delay), (c:Delay) RETURN a.i AS i, b._id AS s ORDER BY s DESC, i LIMIT 10",
    "inserting": "FOR i IN RANGE(1, 10000000) INSERT (:Never {i: i})",
    "a path search": "MATCH TRAIL (a:Delay)-[]-{1,}(b) RETURN COUNT(*)",
}


def spread(taken):
    taken = sorted(taken)
    return f"median {taken[len(taken) // 2] * 1000:7.1f}  most {taken[-1] * 1000:7.1f}"


def resets():
    for name, statement in STATEMENTS.items():
        client = Bolt(address, user, password)
        assert client.reply() == SUCCESS
        taken = []
        for _ in range(RUNS):
            client.send(BEGIN, {})
            client.send(RUN, statement, {}, {})
            client.send(PULL, {"n": -1})
            assert client.reply() == SUCCESS
            time.sleep(0.3)
            begun = time.perf_counter()
            client.send(RESET)
            replies = [client.reply() for _ in ("RUN", "PULL", "RESET")]
            taken.append(time.perf_counter() - begun)
            assert replies == [IGNORED, IGNORED, SUCCESS], (name, replies)
        print(f"RESET while {name:20} {spread(taken)}", flush=True)
        client.close()


def refused(name, secret):
    """How long a wrong login takes."""
    begun = time.perf_counter()
    client = Bolt(address, name, secret)
    assert client.reply() == FAILURE
    client.close()
    return time.perf_counter() - begun


def logins(session):
    nobody, wrong, names = [], [], [f"delay{number}" for number in range(LOGINS)]
    for name in names:
        session.run(f"CREATE USER {name} SET PASSWORD 'a good password'").consume()
    # Each name once: several failures of one would lock it.
    for place, name in enumerate(names):
        pair = [lambda: nobody.append(refused(f"nobody{place}", "a bad password")), lambda: wrong.append(refused(name, "a bad password"))]
        for login in pair if place % 2 else reversed(pair):
            login()
    for name in names:
        session.run(f"DROP USER {name}").consume()
    longer = sum(a > b for a, b in zip(nobody, wrong))
    print(f"refused, nobody's name    {spread(nobody)}")
    print(f"refused, wrong password   {spread(wrong)}; nobody's took longer in {longer} of {LOGINS} pairs")


with GraphDatabase.driver(f"bolt://{address}", auth=(user, password)) as driver, driver.session() as session:
    session.run("FOR i IN RANGE(1, 2000) INSERT (:Delay {_id: 'd' || CAST(i AS STRING), i: i})").consume()
    session.run("MATCH (a:Delay), (b:Delay) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:NEXT]->(b)").consume()
    resets()
    logins(session)
    session.run("MATCH (d:Delay) DETACH DELETE d").consume()
